"""What to show of each answer: pure functions from the API's types to views."""
