package file

import (
	"cmp"
	"maps"
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
	matchers matcherList
	cont     flag

	groupBy    []text
	groupBySet bool
	wait       span
	interval   span
	repeat     span
	backoff    flag

	mutes, actives []text
	escalate       []rawEscalation
	escalateSet    bool
	labels         []entry

	routes []*rawRoute
}

func (d *doc) route(n *yaml.Node) *rawRoute {
	r := &rawRoute{pos: d.at(n)}
	d.object(n, "route", fields{
		"receiver":              d.text(&r.receiver),
		"matchers":              d.matchers(&r.matchers),
		"match":                 d.oldMatchers(&r.matchers, amlabels.MatchEqual),
		"match_re":              d.oldMatchers(&r.matchers, amlabels.MatchRegexp),
		"continue":              d.flag(&r.cont),
		"group_by":              d.groupBy(r),
		"group_wait":            d.span(&r.wait),
		"group_interval":        d.positive(&r.interval),
		"repeat_interval":       d.positive(&r.repeat),
		"repeat_backoff":        d.flag(&r.backoff),
		"mute_time_intervals":   d.texts("names of time intervals", &r.mutes),
		"active_time_intervals": d.texts("names of time intervals", &r.actives),
		"escalate":              d.escalate(&r.escalate, &r.escalateSet),
		"labels":                d.entries(&r.labels, "label"),
		"routes":                d.each("routes", func(n *yaml.Node) { r.routes = append(r.routes, d.route(n)) }),
	})
	return r
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

// Bounds on what each route below one inherits.
const (
	maxRouteLabels = 64
	maxEscalations = 16
)

// Defaults of a route, as Alertmanager has them.
const (
	defaultWait     = 30 * time.Second
	defaultInterval = 5 * time.Minute
	defaultRepeat   = 4 * time.Hour
)

func rootDefaults() *rules.Route {
	return &rules.Route{GroupWait: defaultWait, GroupInterval: defaultInterval, RepeatInterval: defaultRepeat}
}

// A tree is what routes name.
type tree struct {
	receivers names
	times     map[string]*rules.Times
	timeNames names
}

// tree reads the sections that routes name things of.
func (c *rawConfig) tree(receivers names) tree {
	times := c.timesByName()
	return tree{receivers, times, newNames(slices.Sorted(maps.Keys(times)))}
}

// buildRoot makes the tree of a file; without a route everything goes to the
// first receiver, grouped by alert.
func (c *rawConfig) buildRoot(t tree) *rules.Route {
	if c.route == nil {
		root := rootDefaults()
		root.ID, root.GroupBy = "{}", []string{alertLabel}
		if len(t.receivers.list) > 0 {
			root.Receiver = t.receivers.list[0]
		}
		return root
	}
	c.route.atRoot()
	return c.route.build(rootDefaults(), nil, "{}", t)
}

// atRoot reports what the first route may not have.
func (r *rawRoute) atRoot() {
	if r.matchers.at.set() {
		r.matchers.at.bad(CodeRoute, "the first route catches everything: it has no matchers")
	}
	if r.cont.b {
		r.cont.bad(CodeRoute, "the first route has no sibling to continue with")
	}
	if !r.receiver.set() {
		r.bad(CodeMissing, "the first route needs a receiver")
	}
	for _, list := range [][]text{r.mutes, r.actives} {
		if len(list) > 0 {
			list[0].bad(CodeRoute, "the first route catches everything, at any time: it has no time intervals").
				Hint = "put them into a route below it"
		}
	}
}

// build makes a route and those below it. Escalations are handed down as they are
// written: whom one route tells anyway may be a further receiver to its children.
func (r *rawRoute) build(parent *rules.Route, handed []rules.Escalation, id string, t tree) *rules.Route {
	out := &rules.Route{
		ID: id, Receiver: parent.Receiver, Matchers: r.matchers.sorted(), Continue: r.cont.b,
		GroupBy: parent.GroupBy, GroupByAll: parent.GroupByAll,
		GroupWait: r.wait.or(parent.GroupWait), GroupInterval: r.interval.or(parent.GroupInterval),
		RepeatInterval: r.repeat.or(parent.RepeatInterval), RepeatBackoff: r.backoff.or(parent.RepeatBackoff),
		MuteTimes: t.named(r.mutes), ActiveTimes: t.named(r.actives), Labels: r.routeLabels(parent.Labels),
	}
	if r.receiver.set() {
		out.Receiver = r.receiver.s
		t.receivers.receiver(r.receiver)
	}
	if r.groupBySet {
		out.GroupBy, out.GroupByAll = groupLabels(r.groupBy)
	}
	if r.escalateSet {
		handed = r.escalations(t)
	}
	out.Escalate = further(handed, out.Receiver)
	r.pointless(out.Receiver)
	r.children(out, handed, t)
	return out
}

func (r *rawRoute) children(out *rules.Route, handed []rules.Escalation, t tree) {
	seen := map[string]int{}
	for _, child := range r.routes {
		path := out.ID + "/" + child.matchers.sorted().String()
		seen[path]++
		if n := seen[path]; n > 1 {
			path += "#" + strconv.Itoa(n)
		}
		out.Routes = append(out.Routes, child.build(out, handed, path, t))
	}
}

// named returns the times of a list of names.
func (t tree) named(list []text) (all []*rules.Times) {
	for _, name := range list {
		if times := t.times[name.s]; times != nil {
			all = append(all, times)
			continue
		}
		name.bad(CodeTimes, "there is no time interval %q", short(name.s)).Hint = t.timeNames.hint(name.s)
	}
	return all
}

// routeLabels lays the labels of a route over those that it inherits.
func (r *rawRoute) routeLabels(inherited []rules.Annotation) []rules.Annotation {
	if len(r.labels) == 0 {
		return inherited
	}
	all := slices.DeleteFunc(slices.Clone(inherited), func(a rules.Annotation) bool {
		return slices.ContainsFunc(r.labels, func(own entry) bool { return own.name == a.Name })
	})
	for _, e := range r.labels {
		all = append(all, rules.Annotation{Name: e.name, Text: e.value.s})
	}
	slices.SortFunc(all, func(a, b rules.Annotation) int { return cmp.Compare(a.Name, b.Name) })
	if len(all) > maxRouteLabels {
		r.labels[0].value.bad(CodeNumber, "a route has %d labels, with those that it inherits, and %d at most", len(all), maxRouteLabels)
		return nil
	}
	return all
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
