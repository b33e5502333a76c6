"""The partner API of orders and parcels. docs/api.md is its guide, /api/docs/ its reference."""
