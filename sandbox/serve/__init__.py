"""What answers and what accepts: recommendations over HTTP, in Amazon Personalize's words or in plain ones."""
