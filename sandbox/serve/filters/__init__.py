"""Filter expressions as Amazon Personalize documents them: read by a parser, applied as masks over the catalogue."""
