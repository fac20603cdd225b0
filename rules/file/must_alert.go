package file

import (
	"time"

	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// LoadIncidents reads a file of incidents.
func LoadIncidents(files Files, name string) (all []rules.Incident, problems []rules.Problem) {
	s := &sink{}
	defer func() {
		if r := recover(); r != nil {
			s.crash(r)
			all, problems = nil, s.sorted()
		}
	}()
	l := &loader{files: files, sink: s, read: map[string]bool{}}
	d := l.open(name, pos{})
	if d == nil {
		return nil, s.sorted()
	}
	root := d.parse()
	if null(root) && !s.failed(0) {
		d.whole().bad(CodeMissing, "the file holds no incidents").Hint = "incidents: [{from: 2026-01-31T08:00:00Z, until: 2026-01-31T09:00:00Z}]"
	}
	d.object(root, "incident file", fields{
		"incidents": d.each("incidents", func(n *yaml.Node) { all = append(all, d.incident(n)) }),
	})
	return all, s.sorted()
}

// A rawIncident is an incident as written.
type rawIncident struct {
	name, level, receiver text
	from, until           moment
	alerts                []text
	match                 matcherList
	within                span
}

// A moment is an instant with its place.
type moment struct {
	pos
	t time.Time
}

func (m moment) at() model.Time { return model.TimeFromUnixNano(m.t.UnixNano()) }

func (d *doc) incident(n *yaml.Node) rules.Incident {
	var raw rawIncident
	d.object(n, "incident", fields{
		"name": d.text(&raw.name), "from": d.moment(&raw.from), "until": d.moment(&raw.until),
		"alerts": d.texts("names of alerts", &raw.alerts), "match": d.oneMatcher(&raw.match),
		"level": d.text(&raw.level), "receiver": d.text(&raw.receiver), "within": d.positive(&raw.within),
	})
	return raw.build(d.at(n))
}

func (raw *rawIncident) build(at pos) rules.Incident {
	out := rules.Incident{
		Name: raw.name.s, From: raw.from.at(), Until: raw.until.at(), Match: raw.match.sorted(),
		Receiver: raw.receiver.s, Within: raw.within.d,
	}
	out.File = at.d.name
	out.Line, _, _ = at.d.place(at.n)
	for _, a := range raw.alerts {
		out.Alerts = append(out.Alerts, a.s)
	}
	if raw.level.set() {
		level, err := rules.ParseLevel(raw.level.s)
		if err != nil || level == rules.OK {
			raw.level.bad(CodeType, "level is warn or error, not %q", short(raw.level.s))
		}
		out.Level = level
	}
	switch {
	case !raw.from.set() || !raw.until.set():
		if at.n.Kind == yaml.MappingNode {
			at.bad(CodeMissing, "an incident needs from and until").Hint = "from: 2026-01-31T08:00:00Z"
		}
	case raw.from.t.IsZero() || raw.until.t.IsZero(): // that is no instant
	case !raw.from.t.Before(raw.until.t):
		raw.until.bad(CodeConflict, "until is not after from")
	}
	return out
}

func (d *doc) moment(into *moment) setter {
	return func(n *yaml.Node) {
		s, ok := d.scalar(n)
		if !ok {
			return
		}
		into.pos = d.at(resolve(n))
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			into.bad(CodeType, "%q is not an instant", short(s)).Hint = "write 2026-01-31T08:00:00Z, with the time zone"
		}
		into.t = t
	}
}

// oneMatcher reads matchers written as one text, as overrides have them.
func (d *doc) oneMatcher(into *matcherList) setter {
	return func(n *yaml.Node) {
		var t text
		d.text(&t)(n)
		if t.set() {
			into.at, into.all = t.pos, append(into.all, matchers(t)...)
		}
	}
}
