"""Checks the raw tables, gives every customer and article a position, and cuts the transactions."""
