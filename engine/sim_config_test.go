package engine_test

import (
	"fmt"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A gateSet says which gates and which kinds of receivers a configuration has.
type gateSet uint16

const (
	withThreads gateSet = 1 << iota
	withBudget
	withTightBudget
	withMute
	withInhibit
	withFallback
	withEscalation
	withSelfReceiver
	withIncident
	withForwarder
	withRegroup
	allGates = 1<<iota - 1
)

func (g gateSet) has(x gateSet) bool { return g&x != 0 }

// The routes of every configuration; the last is there withForwarder alone.
const (
	rootRoute    = `{}`
	pagerRoute   = `{}/{severity="critical"}`
	webRoute     = `{}/{team="web"}`
	restRoute    = `{}/{}`
	forwardRoute = `{}/{}#2`
)

// Times that recur in every configuration.
const (
	simWait      = 10 * time.Second
	simInterval  = 2 * time.Minute
	simRepeat    = 2 * time.Hour
	simResend    = 10 * time.Minute
	simFallback  = 3 * time.Minute
	simWindow    = 10 * time.Minute
	escalateRest = 10 * time.Minute
	escalateWeb  = 5 * time.Minute
)

// simConfig makes a configuration; a variant changes what a reload may change of
// rules and names, the gates what it may change of whom is told and when.
func simConfig(exprs []string, variant int, gates gateSet) *rules.Config {
	c := &rules.Config{
		Sources:  []rules.Source{{Name: "default", Timeout: 10 * time.Second, DownAfter: 5 * time.Minute, Concurrency: 2}},
		Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"},
		Limits:   rules.Limits{SeriesPerRule: 1000, ActiveAlerts: 1000},
	}
	for i, expr := range exprs {
		if variant%4 == 3 && i == 1 {
			continue // a rule is removed, and comes back with the next variant
		}
		c.Rules = append(c.Rules, simRule(i, expr, variant))
	}
	names := []string{"all", "pager", "web"}
	if variant%2 == 1 {
		names = []string{"everyone", "pager", "website"} // renamed: nothing may be sent for it
	}
	if variant%5 == 4 {
		c.ExternalLabels = labels.FromStrings("region", "eu")
	}
	c.Receivers = simReceivers(names, gates)
	c.Route = simRoutes(names, gates)
	if gates.has(withInhibit) {
		c.Inhibit = simInhibit()
	}
	if gates.has(withSelfReceiver) {
		c.SelfReceiver = "boss"
	}
	return c
}

func simRule(i int, expr string, variant int) *rules.Rule {
	r := &rules.Rule{
		Key: "g/" + expr, Alert: "Alert" + expr, Group: "g", PhaseKey: fmt.Sprint("g", i%2), Source: "default",
		Expr: expr, Interval: []time.Duration{30 * time.Second, time.Minute}[i%2],
		Absent: rules.Absent{After: 5 * time.Minute}, NoData: rules.NoData{After: 10 * time.Minute, Then: rules.ThenWarn},
		Flap: rules.Flap{Raises: 4, Within: time.Hour},
	}
	warn := &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 70, ClearHigh: 60}}
	errs := &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 80, ClearHigh: 70}}
	switch i % 4 {
	case 1:
		warn.For, errs.For, warn.KeepFiringFor = 2*time.Minute, time.Minute, 3*time.Minute
	case 2:
		errs.Votes = rules.Votes{Need: 3, Of: 5}
	case 3:
		r.Kind = rules.PresenceRule
		warn = &rules.LevelRule{For: time.Minute}
		errs = nil
		r.Labels = []rules.LabelTemplate{{Name: "severity", Text: "warning"}}
	}
	if variant%3 == 2 && i == 0 {
		errs.Threshold.High, errs.Threshold.ClearHigh = 95, 70
		r.Expr = expr + "2" // the same series with another story
	}
	r.Levels = rules.Levels{Warn: warn, Error: errs}
	recast(r, i%4, variant%5)
	r.Revision = fmt.Sprint(variant, r.Expr)
	return r
}

// recast changes what a rule asks before it fires, and which levels it has.
func recast(r *rules.Rule, kind, variant int) {
	switch {
	case variant == 1 && kind == 1:
		r.Levels.Warn.For, r.Levels.Warn.Votes = 0, rules.Votes{Need: 2, Of: 4}
	case variant == 1 && kind == 2:
		r.Levels.Error.Votes, r.Levels.Error.For = rules.Votes{}, time.Minute
	case variant == 2 && kind == 0:
		r.Levels.Error = nil
	case variant == 3 && kind == 3:
		r.Levels.Warn, r.Levels.Error = nil, r.Levels.Warn
		r.Labels = []rules.LabelTemplate{{Name: "severity", Text: "critical"}}
	case variant == 4:
		r.Annotations = []rules.Annotation{{Name: "summary", Text: "another"}}
	}
}

func simReceivers(names []string, gates gateSet) []rules.Receiver {
	var all []rules.Receiver
	add := func(name, kind string, f func(*rules.Receiver, *rules.Integration)) {
		r := rules.Receiver{Name: name, Integrations: []rules.Integration{
			{Key: kind, Kind: kind, Receiver: name, SendResolved: true, Timeout: 10 * time.Second},
		}}
		f(&r, &r.Integrations[0])
		all = append(all, r)
	}
	add(names[0], "slack", func(r *rules.Receiver, in *rules.Integration) {
		in.Lane, in.LaneEvery, in.Threads = "#ops", time.Second, gates.has(withThreads)
		r.Budget = simBudget(gates)
	})
	add(names[1], "webhook", func(r *rules.Receiver, in *rules.Integration) {
		if in.Incident = gates.has(withIncident); in.Incident {
			r.Budget = simBudget(gates)
		}
		if gates.has(withFallback) {
			r.Fallback, r.FallbackAfter = "boss", simFallback
		}
	})
	add(names[2], "email", func(*rules.Receiver, *rules.Integration) {})
	add("boss", "phone", func(r *rules.Receiver, _ *rules.Integration) {
		if gates.has(withFallback) {
			r.Fallback, r.FallbackAfter = names[2], simFallback
		}
	})
	if gates.has(withForwarder) {
		add("am", "am", func(_ *rules.Receiver, in *rules.Integration) { in.Resend = simResend })
	}
	return all
}

func simBudget(gates gateSet) rules.Budget {
	switch {
	case !gates.has(withBudget):
		return rules.Budget{}
	case gates.has(withTightBudget):
		return rules.Budget{Max: 1, Window: simWindow}
	}
	return rules.Budget{Max: 3, Window: simWindow}
}

func simRoutes(names []string, gates gateSet) *rules.Route {
	node := func(id, receiver string, by ...string) *rules.Route {
		return &rules.Route{
			ID: id, Receiver: receiver, GroupBy: by, Continue: true,
			GroupWait: simWait, GroupInterval: simInterval, RepeatInterval: simRepeat,
		}
	}
	root := node(rootRoute, names[0], "alertname")
	pager := node(pagerRoute, names[1], "alertname", "instance")
	pager.Matchers = equals("severity", "critical")
	web := node(webRoute, names[2], "job")
	web.Matchers = equals("team", "web")
	rest := node(restRoute, names[0], "alertname")
	if gates.has(withRegroup) {
		pager.GroupBy, web.GroupBy, rest.GroupBy = pager.GroupBy[:1], []string{"alertname"}, []string{"alertname", "team"}
	}
	root.Routes = []*rules.Route{pager, web, rest}
	if gates.has(withForwarder) {
		root.Routes = append(root.Routes, node(forwardRoute, "am", "alertname"))
	}
	if gates.has(withMute) {
		pager.MuteTimes = hourly(pagerRoute)
		web.ActiveTimes = hourly(webRoute)
		rest.MuteTimes = hourly(restRoute)
	}
	if gates.has(withEscalation) {
		rest.Escalate = []rules.Escalation{{After: escalateRest, To: "boss", Level: rules.Error}}
		web.Escalate = []rules.Escalation{{After: escalateWeb, To: names[1], Level: rules.Warn}}
	}
	return root
}

// minutesOf are the minutes of an hour at which a route is muted, or active.
func minutesOf(route string) (minutes [][2]int, active bool) {
	switch route {
	case pagerRoute:
		return [][2]int{{20, 23}}, false
	case webRoute:
		return [][2]int{{0, 33}, {41, 60}}, true
	case restRoute:
		return [][2]int{{10, 14}, {37, 52}}, false
	}
	return nil, false
}

// hourly makes time intervals of the minutes of a route.
func hourly(route string) []*rules.Times {
	minutes, _ := minutesOf(route)
	v := rules.Interval{Location: time.UTC}
	for h := range 24 {
		for _, m := range minutes {
			v.Ranges = append(v.Ranges, rules.MinuteRange{Begin: h*60 + m[0], End: h*60 + m[1]})
		}
	}
	return []*rules.Times{{Name: "each hour", Intervals: []rules.Interval{v}}}
}

func simInhibit() []rules.InhibitRule {
	return []rules.InhibitRule{
		{Source: equals("severity", "critical"), Target: equals("severity", "warning"), Equal: []string{"instance"}},
		{Source: equals("alertname", "Alerta"), Target: matching(amlabels.MatchRegexp, "alertname", "Alert[ab]"), Equal: []string{"instance", "team"}},
	}
}

func equals(name, value string) amlabels.Matchers { return matching(amlabels.MatchEqual, name, value) }

func matching(how amlabels.MatchType, name, value string) amlabels.Matchers {
	m, err := amlabels.NewMatcher(how, name, value)
	if err != nil {
		panic(err)
	}
	return amlabels.Matchers{m}
}
