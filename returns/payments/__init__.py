"""Who takes money that shoppers owe: one file per provider, all behind `base.PaymentProvider`."""
