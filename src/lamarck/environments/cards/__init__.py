"""Blackjack in words, one fixed deal a task."""
