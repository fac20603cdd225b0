package file

import (
	"slices"
	"strconv"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A rawRoute is a route as written.
type rawRoute struct {
	pos
	receiver text
	matchers amlabels.Matchers
	matched  pos // where the first matcher stands
	cont     flag

	groupBy    []text
	groupBySet bool
	wait       span
	interval   span
	repeat     span

	routes []*rawRoute
}

func (d *doc) route(n *yaml.Node) *rawRoute {
	r := &rawRoute{pos: d.at(n)}
	d.object(n, "route", fields{
		"receiver":        d.text(&r.receiver),
		"matchers":        d.routeMatchers(r),
		"match":           d.oldMatchers(r, amlabels.MatchEqual),
		"match_re":        d.oldMatchers(r, amlabels.MatchRegexp),
		"continue":        d.flag(&r.cont),
		"group_by":        d.groupBy(r),
		"group_wait":      d.span(&r.wait),
		"group_interval":  d.positive(&r.interval),
		"repeat_interval": d.positive(&r.repeat),
		"routes":          d.each("routes", func(n *yaml.Node) { r.routes = append(r.routes, d.route(n)) }),
	})
	slices.SortStableFunc(r.matchers, compareMatchers)
	return r
}

func compareMatchers(a, b *amlabels.Matcher) int {
	if (amlabels.Matchers{a, b}).Less(0, 1) {
		return -1
	}
	if (amlabels.Matchers{b, a}).Less(0, 1) {
		return 1
	}
	return 0
}

func (d *doc) routeMatchers(r *rawRoute) setter {
	return func(n *yaml.Node) {
		r.matched = d.at(n)
		var list []text
		d.texts("matchers", &list)(n)
		r.matchers = append(r.matchers, parseMatchers(list)...)
	}
}

// oldMatchers reads match and match_re, which Alertmanager deprecated.
func (d *doc) oldMatchers(r *rawRoute, kind amlabels.MatchType) setter {
	return d.dict("labels", func(key, value *yaml.Node) {
		r.matched = d.at(key)
		s, ok := d.scalar(value)
		if !ok {
			return
		}
		if !model.UTF8Validation.IsValidLabelName(key.Value) {
			d.at(key).bad(CodeName, "%q is not a name of a label", short(key.Value))
			return
		}
		m, err := amlabels.NewMatcher(kind, key.Value, s)
		if err != nil {
			d.at(value).bad(CodeMatcher, "%v", err)
			return
		}
		r.matchers = append(r.matchers, m)
	})
}

func (d *doc) groupBy(r *rawRoute) setter {
	return func(n *yaml.Node) {
		r.groupBySet = !null(n)
		d.texts("labels", &r.groupBy)(n)
		seen := map[string]bool{}
		for _, t := range r.groupBy {
			switch {
			case seen[t.s]:
				t.bad(CodeDuplicate, "label %q is there twice", short(t.s))
			case t.s == allLabels && len(r.groupBy) > 1:
				t.bad(CodeConflict, "... means all labels, and stands alone")
			case t.s != allLabels && !model.UTF8Validation.IsValidLabelName(t.s):
				t.bad(CodeName, "%q is not a name of a label", short(t.s))
			}
			seen[t.s] = true
		}
	}
}

const allLabels = "..."

// Defaults of a route, as Alertmanager has them.
const (
	defaultWait     = 30 * time.Second
	defaultInterval = 5 * time.Minute
	defaultRepeat   = 4 * time.Hour
)

func rootDefaults() *rules.Route {
	return &rules.Route{GroupWait: defaultWait, GroupInterval: defaultInterval, RepeatInterval: defaultRepeat}
}

// buildRoot makes the tree of a file; without a route everything goes to the
// first receiver, grouped by alert.
func (c *rawConfig) buildRoot(names []string) *rules.Route {
	if c.route == nil {
		root := rootDefaults()
		root.ID, root.GroupBy = "{}", []string{alertLabel}
		if len(names) > 0 {
			root.Receiver = names[0]
		}
		return root
	}
	if c.route.matched.set() {
		c.route.matched.bad(CodeRoute, "the first route catches everything: it has no matchers")
	}
	if c.route.cont.b {
		c.route.cont.bad(CodeRoute, "the first route has no sibling to continue with")
	}
	if !c.route.receiver.set() {
		c.route.bad(CodeMissing, "the first route needs a receiver")
	}
	return c.route.build(rootDefaults(), "{}", names)
}

func (r *rawRoute) build(parent *rules.Route, id string, names []string) *rules.Route {
	out := &rules.Route{
		ID: id, Receiver: parent.Receiver, Matchers: r.matchers, Continue: r.cont.b,
		GroupBy: parent.GroupBy, GroupByAll: parent.GroupByAll,
		GroupWait: r.wait.or(parent.GroupWait), GroupInterval: r.interval.or(parent.GroupInterval),
		RepeatInterval: r.repeat.or(parent.RepeatInterval),
	}
	if r.receiver.set() {
		out.Receiver = r.receiver.s
		if !slices.Contains(names, out.Receiver) {
			r.receiver.unknownReceiver(names)
		}
	}
	if r.groupBySet {
		out.GroupBy, out.GroupByAll = groupLabels(r.groupBy)
	}
	seen := map[string]int{}
	for _, child := range r.routes {
		path := id + "/" + child.matchers.String()
		seen[path]++
		if n := seen[path]; n > 1 {
			path += "#" + strconv.Itoa(n)
		}
		out.Routes = append(out.Routes, child.build(out, path, names))
	}
	return out
}

func (t text) unknownReceiver(names []string) {
	p := t.bad(CodeReceiver, "there is no receiver %q", short(t.s))
	if near := nearest(t.s, slices.Clone(names)); near != "" {
		p.Hint = "did you mean " + near + "?"
	}
}

func groupLabels(list []text) (by []string, all bool) {
	for _, t := range list {
		if t.s == allLabels {
			return nil, true
		}
		by = append(by, t.s)
	}
	slices.Sort(by)
	return by, false
}
