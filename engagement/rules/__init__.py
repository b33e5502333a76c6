"""What can stand against a message, one file per rule. Put together in engagement/permission.py."""
