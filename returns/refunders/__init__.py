"""Payment providers that give money back beside the shops: one file each, named in config/wiring.py."""
