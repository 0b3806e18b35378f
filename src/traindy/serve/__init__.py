"""The web app: a shopper says something of herself, and sees recommendations."""
