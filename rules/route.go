package rules

import (
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/prometheus/model/labels"
)

// A Route is a node of the routing tree, with what it inherits filled in.
type Route struct {
	// ID is the path of matchers from the root, told apart from equal siblings by
	// a number. It does not depend on names of receivers.
	ID       string
	Receiver string
	Matchers amlabels.Matchers
	Continue bool

	GroupBy        []string // sorted
	GroupByAll     bool
	GroupWait      time.Duration
	GroupInterval  time.Duration
	RepeatInterval time.Duration
	RepeatBackoff  bool

	MuteTimes   []*Times // while one of them holds, nothing is posted
	ActiveTimes []*Times // if there are any, nothing is posted while none holds
	// Escalate are those to others than Receiver, the soonest first.
	Escalate []Escalation
	// Labels are templates over the data of a group, sorted by name: what templates
	// of messages get from routeLabels.
	Labels []Annotation

	Routes []*Route
}

// An Escalation tells a further receiver of an alert that was raised to Level so
// long ago and that nobody has acknowledged.
type Escalation struct {
	After time.Duration
	To    string
	Level Level // the lowest that escalates
}

// Match returns the routes that catch a label set, as Alertmanager decides it:
// the deepest match of the first child that matches, and of further ones where
// `continue` says so; the node itself if no child matches.
func (r *Route) Match(ls labels.Labels) []*Route {
	if !Matches(r.Matchers, ls) {
		return nil
	}
	var all []*Route
	for _, child := range r.Routes {
		got := child.Match(ls)
		all = append(all, got...)
		if got != nil && !child.Continue {
			break
		}
	}
	if len(all) == 0 {
		all = []*Route{r}
	}
	return all
}

// GroupLabels returns the labels that name the group of a label set in this
// route.
func (r *Route) GroupLabels(ls labels.Labels) labels.Labels {
	if r.GroupByAll {
		return ls
	}
	b := labels.NewScratchBuilder(len(r.GroupBy))
	for _, name := range r.GroupBy {
		if ls.Has(name) {
			b.Add(name, ls.Get(name))
		}
	}
	return b.Labels()
}
