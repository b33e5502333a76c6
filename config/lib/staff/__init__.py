"""What the back-office pages of every app share: cells, lists, exports, secret inputs, the admin class."""
