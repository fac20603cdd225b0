package webhook

import (
	"cmp"
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// appendAlert writes the Alert of an item as json.Marshal does, without the maps
// between: of a storm that was half of what its message cost.
func appendAlert(b []byte, i *message.Item) ([]byte, error) {
	o := rules.Object{B: b}
	appendAlertmanager(&o, i)
	o.String("level", i.Level.String())
	o.String("was", i.Was.String())
	o.String("news", i.News.String())
	o.String("reason", string(i.Reason))
	o.Number("value", rules.Number(i.Value.Float))
	if bound := threshold(i); bound != nil {
		o.String("threshold", *bound)
	} else {
		o.Null("threshold")
	}
	o.String("side", i.Side.String())
	optional(&o, "unit", string(i.Value.Unit))
	o.String("episode", i.Episode)
	o.Bool("flapping", i.Flapping)
	o.String("rule", i.Rule)
	optional(&o, "source", i.Source)
	optional(&o, "held", i.Held)
	return o.End()
}

// appendAlertmanager writes what Alertmanager would say.
func appendAlertmanager(o *rules.Object, i *message.Item) {
	o.String("status", i.Status())
	o.Labels("labels", i.Labels)
	o.Texts("annotations", sorted(i.Annotations))
	o.Stamp("startsAt", i.StartsAt)
	o.Stamp("endsAt", i.EndsAt)
	o.String("generatorURL", i.Graph)
	o.String("fingerprint", i.Fingerprint)
}

func optional(o *rules.Object, name, text string) {
	if text != "" {
		o.String(name, text)
	}
}

// sorted returns pairs by name; of those with one name the last.
func sorted(pairs []message.Pair) []labels.Label {
	all := make([]labels.Label, len(pairs))
	for n, p := range pairs {
		all[len(pairs)-1-n] = labels.Label{Name: p.Name, Value: p.Value}
	}
	slices.SortStableFunc(all, func(a, b labels.Label) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(all, func(a, b labels.Label) bool { return a.Name == b.Name })
}
