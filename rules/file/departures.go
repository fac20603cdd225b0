package file

// departures says where a file of Alertmanager's means something else here. A
// config that was written for tocsin need not be told.
func (c *rawConfig) departures() {
	if c.prometheus.set() || c.sources != nil || c.ruleFiles != nil || c.store.set() {
		return
	}
	n, first := 0, pos{}
	silent := func(at pos, resolved flag) {
		if resolved.set() {
			return
		}
		if n++; n == 1 {
			first = at
		}
	}
	for _, r := range c.receivers {
		for _, s := range r.slacks {
			silent(s.pos, s.sendResolved)
		}
		for _, e := range r.emails {
			silent(e.pos, e.sendResolved)
		}
	}
	if n == 0 {
		return
	}
	first.warn(CodeDeparture, "send_resolved is true here where nothing is said, and false in Alertmanager (%s)", plural(n, "receiver")).
		Hint = "say send_resolved; docs/notifications.md lists all departures"
}
