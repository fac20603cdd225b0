package notifier

import (
	"tocsin/evaluator"
	"tocsin/rules"
)

// AppendJSON writes the entry as json.Marshal does.
func (e Entry) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	evaluator.AddAlert(&o, e.Alert)
	o.Labels("labels", e.Labels)
	o.Int("news", int64(e.News))
	o.String("was", e.Was.String())
	if e.Held != "" {
		o.String("held", e.Held)
	}
	if e.Seen != 0 {
		o.Time("seen", e.Seen)
	}
	return o.End()
}

// AppendJSON writes the change as json.Marshal does.
func (r ref) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	o.Int("kind", int64(r.Kind))
	o.String("from", r.From.String())
	o.String("to", r.To.String())
	o.Time("at", r.At)
	o.String("rule", r.Rule)
	o.String("instance", r.Instance)
	o.String("name", r.Name)
	o.Labels("labels", r.Labels)
	o.String("episode", r.Episode)
	if r.Held != "" {
		o.String("held", r.Held)
	}
	if r.Group != "" {
		o.String("group", r.Group)
	}
	return o.End()
}

// AppendJSON writes the row as json.Marshal does.
func (r toldRow) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	o.String("integration", r.Integration)
	o.String("group", r.Group)
	o.Int("said", int64(r.Said))
	if r.Entry != nil {
		o.Add("entry", *r.Entry)
	}
	if r.End != nil {
		o.Add("end", r.End)
	}
	if r.Under != nil {
		o.Add("under", *r.Under)
	}
	if r.Next != nil {
		o.Add("next", *r.Next)
	}
	return o.End()
}

// AppendJSON writes the decision as json.Marshal does.
func (d Decision) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	o.Time("at", d.At)
	if d.Change != nil {
		o.Add("change", *d.Change)
	}
	optional := func(name, text string) {
		if text != "" {
			o.String(name, text)
		}
	}
	optional("group", d.Group)
	optional("integration", d.Integration)
	optional("receiver", d.Receiver)
	o.String("outcome", d.Outcome)
	optional("why", d.Why)
	optional("delivery", d.Delivery)
	if d.Attempt != 0 {
		o.Int("attempt", int64(d.Attempt))
	}
	return o.End()
}

// AppendJSON writes the entry as json.Marshal does.
func (e brief) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	o.String("rule", e.Rule)
	o.String("instance", e.Instance)
	o.String("episode", e.Episode)
	o.String("notify", e.Notify.String())
	o.String("reason", string(e.Reason))
	o.Int("news", int64(e.News))
	o.String("was", e.Was.String())
	if e.Held != "" {
		o.String("held", e.Held)
	}
	if e.Flapping {
		o.True("flapping")
	}
	if len(e.More) > 0 {
		o.Strings("more", e.More)
	}
	return o.End()
}

// AppendJSON writes the row as json.Marshal does.
func (r flightRow) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	o.Any("delivery", r.Delivery)
	rules.AddAll(&o, "firing", r.Firing)
	rules.AddAll(&o, "resolved", r.Resolved)
	o.Time("since", r.Since)
	if r.Spent != 0 {
		o.Time("spent", r.Spent)
	}
	if r.Aloft {
		o.True("aloft")
	}
	if r.Told {
		o.True("told")
	}
	if r.Failures != 0 {
		o.Int("failures", int64(r.Failures))
	}
	if r.NotBefore != 0 {
		o.Time("notBefore", r.NotBefore)
	}
	if len(r.Moved) > 0 {
		o.Any("moved", r.Moved)
	}
	return o.End()
}
