"""Who is served how well: a model's answers by groups of people, how far these lie apart, and how sure that is."""
