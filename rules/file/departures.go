package file

import "gopkg.in/yaml.v3"

// departures says where a file of Alertmanager's means something else here. A
// config that was written for tocsin need not be told.
func (c *rawConfig) departures() {
	if c.prometheus.set() || c.sources != nil || c.ruleFiles != nil || c.store.set() {
		return
	}
	var resolved, edited, levels tally
	for _, r := range c.receivers {
		for _, s := range r.slacks {
			resolved.add(s.pos, !s.sendResolved.set())
			edited.add(s.pos, s.bots(c.global) && !s.update.set())
		}
		for _, e := range r.emails {
			resolved.add(e.pos, !e.sendResolved.set())
		}
	}
	c.route.byLevel(&levels)
	resolved.warn("receiver", "send_resolved is true here where nothing is said, and false in Alertmanager (%s)", "say send_resolved; ")
	edited.warn("receiver", "update_message is true here where nothing is said, and false in Alertmanager (%s)", "say update_message; ")
	levels.warn("route", "an error also goes where its warning goes: alerts are routed by each level up to their own (%s by severity)", "")
}

// A tally counts places that depart in one way, to tell of it once.
type tally struct {
	n     int
	first pos
}

func (t *tally) add(at pos, departs bool) {
	if !departs {
		return
	}
	if t.n++; t.n == 1 {
		t.first = at
	}
}

func (t *tally) warn(what, format, hint string) {
	if t.n > 0 {
		t.first.warn(CodeDeparture, format, plural(t.n, what)).Hint = hint + "docs/notifications.md lists all departures"
	}
}

// bots reports whether the receiver posts with a token.
func (s *rawSlack) bots(g rawGlobal) bool {
	return s.token.set() || s.asBot(g) != nil || !s.webhook.set() && g.slack.token.set()
}

// byLevel counts the routes that tell levels apart.
func (r *rawRoute) byLevel(into *tally) {
	if r == nil {
		return
	}
	for _, m := range r.matchers.all {
		if m.Name == severityLabel {
			into.add(r.matchers.at, true)
			break
		}
	}
	for _, child := range r.routes {
		child.byLevel(into)
	}
}

// threading reads how Alertmanager threads mails. Ours always are: a thread for an
// episode of a group.
func (d *doc) threading(n *yaml.Node) {
	var enabled flag
	var byDate text
	d.object(n, "threading section", fields{
		"enabled":        d.flag(&enabled),
		"thread_by_date": d.oneOf(&byDate, "none", "daily"),
	})
	if enabled.set() && !enabled.b {
		enabled.warn(CodeDeparture, "mails about one episode of a group always form a thread").Hint = "subject: stateful gives each state a subject of its own"
	}
	if byDate.set() {
		byDate.warn(CodeDeparture, "threads go by episodes, not by dates: this has no effect")
	}
}
