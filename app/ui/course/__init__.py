"""Courses on the screen: the list, one course's page, and the words of what is recorded in them."""
