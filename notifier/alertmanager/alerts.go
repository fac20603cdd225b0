package alertmanager

import (
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// An Alert is one of those that are posted to /api/v2/alerts.
type Alert struct {
	Labels       map[string]string `json:"labels"`
	Annotations  map[string]string `json:"annotations"`
	StartsAt     time.Time         `json:"startsAt"`
	EndsAt       time.Time         `json:"endsAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
}

// Alerts are those of a message. What fires ends hold after the message unless it
// is sent again. Where severity tells the level, an alert of another level is
// another alert to Alertmanager: the one of the level before is over.
func Alerts(m *message.Message, hold time.Duration, severity rules.SeverityLabels) []Alert {
	all := make([]Alert, 0, len(m.Items))
	for _, i := range m.Items {
		a := Alert{
			Labels: valid(i.Labels), Annotations: annotations(i), StartsAt: i.StartsAt, EndsAt: i.EndsAt, GeneratorURL: i.Graph,
		}
		if len(a.Labels) == 0 {
			continue // Alertmanager knows alerts by nothing else
		}
		if i.Firing {
			a.EndsAt = m.At.Add(hold)
			if before, ok := before(i, severity); ok {
				old := a
				old.Labels, old.EndsAt = before, m.At
				all = append(all, ordered(old))
			}
		}
		all = append(all, ordered(a))
	}
	return all
}

// ordered keeps the start before the end: Alertmanager refuses the whole batch
// otherwise.
func ordered(a Alert) Alert {
	if a.EndsAt.Before(a.StartsAt) {
		a.StartsAt = a.EndsAt
	}
	return a
}

// before returns the labels under which the alert was told at another level.
func before(i message.Item, severity rules.SeverityLabels) (map[string]string, bool) {
	changed := i.News == notifier.Raised || i.News == notifier.Lowered
	if !changed || i.Was == rules.OK || i.Was == i.Level || i.Labels.Get("severity") != severity.Of(i.Level) {
		return nil, false
	}
	old := valid(i.Labels)
	old["severity"] = severity.Of(i.Was)
	return old, true
}

// valid are the labels that Alertmanager takes: with a name, with a value, and
// in UTF-8.
func valid(ls labels.Labels) map[string]string {
	out := make(map[string]string, ls.Len())
	ls.Range(func(l labels.Label) {
		if name := utf8(l.Name); model.UTF8Validation.IsValidLabelName(name) && l.Value != "" {
			out[name] = utf8(l.Value)
		}
	})
	return out
}

func annotations(i message.Item) map[string]string {
	out := make(map[string]string, len(i.Annotations))
	for _, p := range i.Annotations {
		if name := utf8(p.Name); model.UTF8Validation.IsValidLabelName(name) {
			out[name] = utf8(p.Value)
		}
	}
	return out
}

func utf8(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
