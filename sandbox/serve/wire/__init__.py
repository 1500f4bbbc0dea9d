"""Amazon Personalize on the wire: its three services, as botocore's own models of them state it."""
