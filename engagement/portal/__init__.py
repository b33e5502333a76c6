"""Pages of the conversation for shoppers: unsubscribe, preferences, inbox, push, links of messages."""
