"""The pictures themselves, by what they show: each function draws one thing in the colours that it is given."""
