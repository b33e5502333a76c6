"""What can be done with returns. Each module is one job; tasks, views, admin and API call these."""
