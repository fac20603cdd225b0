package unittest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator/promlocal"
	"tocsin/rules/file"
)

// A group is a group at work: its rules are evaluated one after the other.
type group struct {
	file.Group
	alerts []*alert
	runs   []*run
}

// A run is one rule of a group.
type run struct {
	name   string
	alert  *alert // or
	record *file.Recording
	before map[string]labels.Labels // what it wrote at the tick before
}

// ordered puts the groups that are named into the order of their names. Others
// count as the first, as in promtool, and stay as they are.
func ordered(all []file.Group, order []string) []file.Group {
	place := func(g file.Group) int { return max(slices.Index(order, g.Name), 0) }
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b file.Group) int { return cmp.Compare(place(a), place(b)) })
	return out
}

func newGroup(g file.Group, s *setting) *group {
	out := &group{Group: g}
	for _, r := range g.Rules {
		if r.Record != nil {
			out.runs = append(out.runs, &run{name: r.Record.Name, record: r.Record})
			continue
		}
		a := newAlert(r.Alert, s)
		out.alerts = append(out.alerts, a)
		out.runs = append(out.runs, &run{name: r.Alert.Alert, alert: a})
	}
	return out
}

// tick evaluates the rules of a group at an instant.
func (g *group) tick(ctx context.Context, w *world, at model.Time) (errs []error) {
	for _, r := range g.runs {
		if err := g.eval(ctx, w, r, at); err != nil {
			errs = append(errs, fmt.Errorf("rule %q at %s: %w", r.name, w.since(at), err))
		}
	}
	return errs
}

func (g *group) eval(ctx context.Context, w *world, r *run, at model.Time) error {
	seen := at.Add(-g.Offset)
	var out []promlocal.Sample
	var err error
	if r.alert != nil {
		out, err = r.alert.eval(ctx, w, evaluation{at: at, seen: seen, limit: g.Limit})
	} else {
		out, err = g.record(ctx, w, r.record, seen)
	}
	if err != nil {
		return err
	}
	return r.write(w, out, seen)
}

// record evaluates a recording rule.
func (g *group) record(ctx context.Context, w *world, r *file.Recording, at model.Time) ([]promlocal.Sample, error) {
	got, err := w.query(ctx, r.Expr, at)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range got {
		b := labels.NewBuilder(got[i].Labels)
		b.Set(model.MetricNameLabel, r.Name)
		r.Labels.Range(func(l labels.Label) { b.Set(l.Name, l.Value) })
		got[i].Labels = b.Labels()
		key := got[i].Labels.String()
		if seen[key] {
			return nil, errors.New("vector contains metrics with the same labelset after applying rule labels")
		}
		seen[key] = true
	}
	if g.Limit > 0 && len(got) > g.Limit {
		return nil, fmt.Errorf("exceeded limit of %d with %d series", g.Limit, len(got))
	}
	return got, nil
}

// write appends what a rule found, and ends what it no longer finds.
func (r *run) write(w *world, out []promlocal.Sample, at model.Time) error {
	now := make(map[string]labels.Labels, len(out))
	for _, s := range out {
		now[s.Labels.String()] = s.Labels
	}
	err := w.source.Append(out...)
	for key, ls := range r.before {
		if _, ok := now[key]; !ok {
			_ = w.source.Append(promlocal.Sample{Labels: ls, At: at, Value: promlocal.Stale()}) // another rule may write it
		}
	}
	r.before = now
	return err
}
