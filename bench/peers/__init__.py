"""The peers that synchronising is measured beside."""
