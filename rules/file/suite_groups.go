package file

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A Group is a group of rules in the order in which Prometheus evaluates them,
// with the recording rules that the daemon leaves to it.
type Group struct {
	Name, File string
	Interval   time.Duration
	Offset     time.Duration
	Limit      int
	Rules      []GroupRule
}

// A GroupRule is an alert or a recording rule: one of the two is set.
type GroupRule struct {
	Alert  *rules.Rule
	Record *Recording
}

// A Recording is a recording rule.
type Recording struct {
	Name, Expr string
	Labels     labels.Labels
	Line       int
}

// LoadGroups reads rule files as Prometheus would evaluate them: groups in the
// order of files, rules in the order of groups. Groups are nil if there are mistakes.
func LoadGroups(files Files, names []string, def Defaults) (out []Group, problems []rules.Problem) {
	s := &sink{}
	defer func() {
		if r := recover(); r != nil {
			s.crash(r)
			out, problems = nil, s.sorted()
		}
	}()
	l := &loader{files: files, sink: s, read: map[string]bool{}}
	l.rules(l.groups(names), &builder{def: def.filled()})
	if !s.failed(0) {
		out = l.grouped
	}
	return out, s.sorted()
}

// grouped puts rules back into their groups.
func grouped(groups []*rawGroup, all []made, def Defaults) (out []Group) {
	byRaw := make(map[*rawRule]*rules.Rule, len(all))
	for _, m := range all {
		byRaw[m.raw] = m.rule
	}
	for _, g := range groups {
		out = append(out, groupOf(g, byRaw, def))
	}
	return out
}

func groupOf(g *rawGroup, made map[*rawRule]*rules.Rule, def Defaults) Group {
	out := Group{
		Name: g.name.s, File: g.d.name, Offset: g.offset.or(def.QueryOffset), Limit: g.limit.n,
		Interval: g.interval.or(def.Interval),
	}
	for _, raw := range g.rules {
		switch {
		case made[raw] != nil:
			out.Rules = append(out.Rules, GroupRule{Alert: made[raw]})
		case raw.record.set():
			out.Rules = append(out.Rules, GroupRule{Record: &Recording{
				Name: raw.record.s, Expr: raw.expr.s, Labels: labelsOf(raw.allLabels()), Line: raw.n.Line,
			}})
		}
	}
	return out
}
