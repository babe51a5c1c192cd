"""What pages show, worked out from what the services tell: pure, in the reader's words."""
