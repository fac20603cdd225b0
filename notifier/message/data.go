package message

import (
	"time"

	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier"
)

// Data is what users' templates see: Alertmanager's data under its names, and
// what tocsin knows besides.
type Data struct {
	template.Data
	Alerts Alerts `json:"alerts"` // in place of Alertmanager's

	Level    string // ok, warn or error: the highest that fires
	Reason   string // first, raised, new, resolved, changed, reminder, digest, face
	Title    string
	Why      string
	GroupKey string
	Episode  string
	Marks    []string
	At       time.Time
	More     int // alerts that are not in Alerts
	Digest   []Tally
}

// Alert is one alert in Data.
type Alert struct {
	template.Alert

	Level     string // ok, warn or error
	Was       string // the level told before
	News      string // same, new, raised, lowered, resolved, flapping, stable
	Reason    string // breached, recovered, absent, no_data, …
	What      string
	Held      string   // silenced by …, acknowledged by …
	Value     Quantity // prints with its unit; .Value.Float is the number
	Threshold Quantity
	Versus    string // 412 ms > 300 ms
	Since     string // for 5m, since 14:05 UTC
	Source    string
	Expr      string
	Rule      string
	Episode   string
}

// Alerts are the alerts of a message.
type Alerts []Alert

// Firing returns those that fire.
func (as Alerts) Firing() []Alert { return as.with("firing") }

// Resolved returns those that are over.
func (as Alerts) Resolved() []Alert { return as.with("resolved") }

func (as Alerts) with(status string) []Alert {
	all := []Alert{}
	for _, a := range as {
		if a.Status == status {
			all = append(all, a)
		}
	}
	return all
}

// Data returns the message as templates see it, labels and annotations escaped.
// A nil escape leaves them as they are.
func (m *Message) Data(escape func(string) string) *Data {
	return m.data(escape, (&router{message: m, escape: escape}).all())
}

func (m *Message) data(escape func(string) string, routed template.KV) *Data {
	d := m.head(escape, routed)
	for _, i := range m.Items {
		d.Alerts = append(d.Alerts, i.Data(escape))
	}
	return d
}

// Head is Data without the alerts, for who takes them one by one.
func (m *Message) Head(escape func(string) string) *Data {
	return m.head(escape, (&router{message: m, escape: escape}).all())
}

func (m *Message) head(escape func(string) string, routed template.KV) *Data {
	escape = orAsIs(escape)
	return &Data{
		Data: template.Data{
			Receiver: escape(m.Receiver), Status: m.Status(), NotificationReason: AlertmanagerReason(m.Reason),
			GroupLabels: kv(m.Group.Labels, escape), CommonLabels: kv(m.Common, escape),
			CommonAnnotations: m.commonAnnotations(escape), RouteLabels: routed, ExternalURL: m.Home,
		},
		Alerts: Alerts{},
		Level:  m.Level.String(), Reason: string(m.Reason), Title: escape(m.Title()), Why: m.Why(),
		GroupKey: escape(m.Group.Key), Episode: m.Group.Episode, Marks: m.Marks, At: m.At, More: m.More,
		Digest: escaped(m.Digest, escape),
	}
}

func orAsIs(escape func(string) string) func(string) string {
	if escape == nil {
		return func(s string) string { return s }
	}
	return escape
}

// Data returns the item as templates see it; a nil escape leaves it as it is.
func (i Item) Data(escape func(string) string) Alert {
	escape = orAsIs(escape)
	return Alert{
		Alert: template.Alert{
			Status: i.Status(), Labels: kv(i.Labels, escape), Annotations: pairs(i.Annotations, escape),
			StartsAt: i.StartsAt, EndsAt: i.EndsAt, GeneratorURL: i.Graph, Fingerprint: i.Fingerprint,
		},
		Level: i.Level.String(), Was: i.Was.String(), News: i.News.String(), Reason: string(i.Reason), What: i.What, Held: escape(i.Held),
		Value: i.Value, Threshold: i.Threshold, Versus: escape(i.Versus), Since: i.Since,
		Source: escape(i.Source), Expr: escape(i.Expr), Rule: escape(i.Rule), Episode: i.Episode,
	}
}

func kv(ls labels.Labels, escape func(string) string) template.KV {
	m := make(template.KV, ls.Len())
	ls.Range(func(l labels.Label) { m[escape(l.Name)] = escape(l.Value) })
	return m
}

func pairs(ps []Pair, escape func(string) string) template.KV {
	m := make(template.KV, len(ps))
	for _, p := range ps {
		m[escape(p.Name)] = escape(p.Value)
	}
	return m
}

// CommonAnnotations are those that all items have with one text, as they are.
func (m *Message) CommonAnnotations() template.KV { return m.commonAnnotations(orAsIs(nil)) }

// commonAnnotations are those that all items have with one text.
func (m *Message) commonAnnotations(escape func(string) string) template.KV {
	all := template.KV{}
	if len(m.Items) == 0 {
		return all
	}
	for _, p := range m.Items[0].Annotations {
		everywhere := true
		for n := range m.Items[1:] {
			everywhere = everywhere && find(m.Items[1+n].Annotations, p.Name) == p.Value
		}
		if everywhere {
			all[escape(p.Name)] = escape(p.Value)
		}
	}
	return all
}

// AlertmanagerReason is the reason in Alertmanager's words.
func AlertmanagerReason(r notifier.Reason) string {
	switch r {
	case notifier.ReasonFirst:
		return "first notification"
	case notifier.ReasonRaised, notifier.ReasonNew, notifier.ReasonDigest:
		return "new alerts added"
	case notifier.ReasonResolved:
		return "all alerts resolved"
	case notifier.ReasonChanged, notifier.ReasonFace:
		return "some alerts resolved"
	case notifier.ReasonReminder:
		return "repeat interval elapsed"
	}
	return "unknown"
}
