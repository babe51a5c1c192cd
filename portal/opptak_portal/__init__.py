"""Parents' portal, branded per municipality."""
