package unittest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/evaluator/promlocal"
	"tocsin/rules"
)

// A setting is what all alerts of a test share.
type setting struct {
	interval time.Duration
	external labels.Labels
	link     string
	severity rules.SeverityLabels
	reach    *Coverage
	trace    func(at model.Time, text string)
}

// An alert is an alerting rule at work, the way promtool would have it: a machine
// of the evaluator with what Prometheus does around it.
type alert struct {
	*setting
	rule    *rules.Rule
	machine *evaluator.Machine
	seen    map[string]*sighting // by series, of what has state
	watch   *watch
}

// A sighting is what is remembered of a series.
type sighting struct {
	sample promlocal.Sample
	at     model.Time // of the evaluation that saw it last
	since  model.Time // of that which gave it state
	// annotations were rendered then, if they ask queries: what rules that come later
	// write is not for them.
	annotations map[string]string
}

// newAlert makes a machine of a rule. There is no flapping in promtool. A presence
// rule gets its labels before the machine sees the series, for in Prometheus they are
// what an alert is known by.
func newAlert(r *rules.Rule, s *setting) *alert {
	own := *r
	own.Flap, own.Limit = rules.Flap{}, 0
	if r.Kind == rules.PresenceRule {
		own.Labels = nil
	}
	return &alert{setting: s, rule: r, machine: evaluator.New(&own), seen: map[string]*sighting{}, watch: newWatch(r, s)}
}

// An evaluation is one tick for a rule; seen is the instant that it asks about.
type evaluation struct {
	at, seen model.Time
	limit    int
}

var errSameLabels = errors.New("vector contains metrics with the same labelset after applying alert labels")

// eval takes the rule through one tick and returns what it writes.
func (a *alert) eval(ctx context.Context, w *world, e evaluation) ([]promlocal.Sample, error) {
	found, err := w.query(ctx, a.rule.Expr, e.seen)
	if err != nil {
		return nil, err
	}
	answer, err := a.answer(ctx, w, found, e.at)
	if err != nil {
		return nil, err
	}
	a.machine.Observe(evaluator.Observation{At: e.at, Interval: a.interval, Answer: answer, Room: math.MaxInt})
	out, n := a.series(e)
	if e.limit > 0 && n > e.limit {
		return nil, fmt.Errorf("exceeded limit of %d with %d alerts", e.limit, n)
	}
	return out, nil
}

// answer makes of samples what a source would say, and remembers them.
func (a *alert) answer(ctx context.Context, w *world, found []promlocal.Sample, at model.Time) (evaluator.Answer, error) {
	byRaw := make(map[string]labels.Labels, len(found))
	answer := evaluator.Answer{Parse: func(raw string) (labels.Labels, error) { return byRaw[raw], nil }}
	for _, s := range found {
		ls := s.Labels
		if a.rule.Kind == rules.PresenceRule {
			ls = a.identity(ctx, w, s, at)
		}
		raw := promlocal.LabelsJSON(ls)
		if _, twice := byRaw[raw]; twice && a.rule.Kind == rules.PresenceRule {
			return answer, errSameLabels
		}
		byRaw[raw] = ls
		answer.Samples = append(answer.Samples, evaluator.Sample{Raw: raw, Value: s.Value})
		a.remember(ctx, w, ls.String(), s, at)
	}
	return answer, nil
}

// identity renders the labels of an alert of Prometheus.
func (a *alert) identity(ctx context.Context, w *world, s promlocal.Sample, at model.Time) labels.Labels {
	b := labels.NewBuilder(s.Labels)
	b.Del(model.MetricNameLabel)
	for _, t := range a.rule.Labels {
		b.Set(t.Name, w.source.Expand(ctx, a.template(t.Text, s, at)))
	}
	b.Set(model.AlertNameLabel, a.rule.Alert)
	return b.Labels()
}

func (a *alert) template(text string, s promlocal.Sample, at model.Time) promlocal.Template {
	return promlocal.Template{
		Alert: a.rule.Alert, Text: text, Sample: s, At: at, ExternalLabels: a.external, ExternalURL: a.link,
	}
}

func (a *alert) remember(ctx context.Context, w *world, key string, s promlocal.Sample, at model.Time) {
	g := a.seen[key]
	if g == nil {
		g = &sighting{since: at}
		a.seen[key] = g
	}
	g.sample, g.at, g.annotations = s, at, nil
	if a.asks() {
		g.annotations = a.annotations(ctx, w, g)
	}
}

// asks reports whether an annotation may ask a query.
func (a *alert) asks() bool {
	for _, t := range a.rule.Annotations {
		if strings.Contains(t.Text, "{{") && strings.Contains(t.Text, "query") {
			return true
		}
	}
	return false
}

// annotations renders those of a series as of when it was seen last.
func (a *alert) annotations(ctx context.Context, w *world, g *sighting) map[string]string {
	if g.annotations != nil {
		return g.annotations
	}
	out := make(map[string]string, len(a.rule.Annotations))
	for _, t := range a.rule.Annotations {
		out[t.Name] = w.source.Expand(ctx, a.template(t.Text, g.sample, g.at))
	}
	return out
}

// series are ALERTS and ALERTS_FOR_STATE, and the number of alerts in them. What
// has no state any more is forgotten.
func (a *alert) series(e evaluation) (out []promlocal.Sample, n int) {
	has := make(map[string]bool, len(a.seen))
	a.machine.List(func(i evaluator.Instance) {
		key := i.Series.String()
		g := a.seen[key]
		if len(i.Levels) == 0 || g == nil { // a notice is no series
			return
		}
		has[key] = true
		a.watch.see(i, e.at)
		state, level := stateOf(i)
		if state == "" {
			return
		}
		n++
		ls := a.labelsAt(i, level)
		out = append(out,
			promlocal.Sample{Labels: a.written(ls, "ALERTS", state), At: e.seen, Value: 1},
			promlocal.Sample{Labels: a.written(ls, "ALERTS_FOR_STATE", ""), At: e.seen, Value: float64(g.since.Unix())})
	})
	a.watch.missed(e.at)
	for key := range a.seen {
		if !has[key] {
			delete(a.seen, key)
		}
	}
	return out, n
}

// stateOf says what an instance is in Prometheus' words, and at which level.
func stateOf(i evaluator.Instance) (state string, level rules.Level) {
	if i.Alert != nil && i.Alert.Level > rules.OK {
		return "firing", i.Alert.Level
	}
	for _, l := range i.Levels {
		if l.Phase == evaluator.Pending {
			state, level = "pending", l.Level
		}
	}
	return state, level
}

// labelsAt are the labels of an alert at a level: a threshold rule says that level
// in severity.
func (a *alert) labelsAt(i evaluator.Instance, level rules.Level) labels.Labels {
	b := labels.NewBuilder(i.Labels)
	if a.rule.Kind == rules.ThresholdRule {
		b.Set("severity", a.severity.Of(level))
	}
	return b.Labels()
}

// written are the labels of a series about an alert.
func (a *alert) written(ls labels.Labels, name, state string) labels.Labels {
	b := labels.NewBuilder(labels.EmptyLabels())
	for _, t := range a.rule.Labels { // as they are written, where rendering made nothing of them
		b.Set(t.Name, t.Text)
	}
	ls.Range(func(l labels.Label) { b.Set(l.Name, l.Value) })
	b.Set(model.MetricNameLabel, name)
	if state != "" {
		b.Set("alertstate", state)
	}
	return b.Labels()
}
