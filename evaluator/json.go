package evaluator

import "tocsin/rules"

// AppendJSON writes the alert as json.Marshal does.
func (a Alert) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	o.String("rule", a.Rule)
	o.String("instance", a.Instance)
	o.String("name", a.Name)
	o.Labels("labels", a.Labels)
	o.Labels("series", a.Series)
	o.String("level", a.Level.String())
	o.String("notify", a.Notify.String())
	if a.Flapping {
		o.True("flapping")
	}
	o.String("episode", a.Episode)
	o.Time("startsAt", a.StartsAt)
	o.Time("levelSince", a.LevelSince)
	if a.EndsAt != 0 {
		o.Time("endsAt", a.EndsAt)
	}
	o.Number("value", a.Value)
	o.Number("bound", a.Bound)
	o.Int("side", int64(a.Side))
	a.appendRule(&o)
	return o.End()
}

// appendRule writes what the alert says of its rule.
func (a *Alert) appendRule(o *rules.Object) {
	if a.Unit != rules.NoUnit {
		o.String("unit", string(a.Unit))
	}
	o.String("reason", string(a.Reason))
	if a.FixedSeverity != "" {
		o.String("fixedSeverity", a.FixedSeverity)
	}
	if len(a.Annotations) > 0 {
		o.Any("annotations", a.Annotations)
	}
	if a.Source != "" {
		o.String("source", a.Source)
	}
	if a.Expr != "" {
		o.String("expr", a.Expr)
	}
	o.Int("has", int64(a.Has))
}

// AddAlert adds an alert to what it is the alert of.
func AddAlert(o *rules.Object, a *Alert) {
	if a == nil {
		o.Null("alert")
		return
	}
	o.Add("alert", a)
}

// AppendJSON writes the change as json.Marshal does.
func (c Change) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	o.Int("kind", int64(c.Kind))
	o.String("from", c.From.String())
	o.String("to", c.To.String())
	o.Time("at", c.At)
	AddAlert(&o, c.Alert)
	return o.End()
}

// AppendJSON writes the row as json.Marshal does.
func (r stateRow) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	o.Time("at", r.At)
	o.Labels("series", r.Series)
	o.String("expr", r.Expr)
	r.appendState(&o)
	if r.Alert != nil {
		o.Add("alert", r.Alert)
	}
	return o.End()
}

func (r *stateRow) appendState(o *rules.Object) {
	if r.Warn != nil {
		o.Add("warn", *r.Warn)
	}
	if r.Error != nil {
		o.Add("error", *r.Error)
	}
	if r.Forced != rules.OK {
		o.String("forced", r.Forced.String())
	}
	if r.Absent != nil {
		o.Any("absent", r.Absent)
	}
	if r.Flap != nil {
		o.Any("flap", r.Flap)
	}
}

// AppendJSON writes the row as json.Marshal does.
func (r trackRow) AppendJSON(b []byte) ([]byte, error) {
	o := rules.Object{B: b}
	o.String("phase", r.Phase.String())
	if r.Ring != 0 {
		o.Any("ring", r.Ring)
	}
	if r.Timer != nil {
		o.Any("timer", r.Timer)
	}
	return o.End()
}
