package message

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// Settings are what all messages of a daemon share.
type Settings struct {
	// ExternalURL is where people reach tocsin's own pages; empty if nowhere.
	ExternalURL    string
	ExternalLabels labels.Labels
	// SourceURLs is where people open a source, by its name. A source that is not
	// named here gets no links to graphs.
	SourceURLs map[string]string
	// Templates are the users' template files.
	Templates []File
}

// A Renderer makes messages of deliveries. It holds no state and is safe for
// concurrent use.
type Renderer struct {
	home     string
	external map[string]string
	url      *url.URL
	sources  map[string]string
	texts    *texts
}

// New returns a renderer, or the error of a template file that can't be parsed.
func New(s Settings) (*Renderer, error) {
	home, err := public(s.ExternalURL)
	if err != nil {
		return nil, fmt.Errorf("external URL: %w", err)
	}
	texts, err := parse(s.Templates)
	if err != nil {
		return nil, err
	}
	sources := make(map[string]string, len(s.SourceURLs))
	for name, address := range s.SourceURLs {
		u, err := public(address)
		if err != nil {
			return nil, fmt.Errorf("URL of source %q: %w", name, err)
		}
		sources[name] = strings.TrimRight(u.String(), "/")
	}
	return &Renderer{
		home:     strings.TrimRight(home.String(), "/"),
		external: s.ExternalLabels.Map(),
		url:      home,
		sources:  sources,
		texts:    texts,
	}, nil
}

// public returns an address as everybody may read it: without user, password and
// query. Nothing of one that can't be parsed is told.
func public(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath, Opaque: u.Opaque}, nil
}

// Render says what a delivery tells, with at most so many of its alerts as items
// (0: all of them). It returns the queries of templates that answers lack;
// the message is complete once there are none.
func (r *Renderer) Render(d notifier.Delivery, most int, answers Answers) (*Message, []Query) {
	m := &Message{
		ID: d.ID, Integration: d.Integration, Receiver: d.Receiver, Group: d.Group, Reason: d.Reason, Effect: d.Effect, At: stamp(d.At),
		Level: d.Level, Worst: worst(d), RouteLabels: d.RouteLabels,
		Name: name(d), Counts: count(d), Common: common(d), Held: held(d), Digest: tallies(d), Home: r.home,
		texts: r.texts,
	}
	for _, mark := range d.Marks {
		m.Marks = append(m.Marks, Clean(mark))
	}
	x := &expansion{renderer: r, at: d.At, answers: answers, message: m}
	all, ended := shown(d)
	total := len(all) + len(ended)
	if most <= 0 || most > total {
		most = total
	}
	m.More = total - most
	m.Items = make([]Item, 0, most)
	firing := all[:min(most, len(all))]
	over := ended[:most-len(firing)]
	x.items(firing, true)
	x.items(over, false)
	if len(m.Digest) == 0 { // what it sums up has links of all sorts
		m.Links = share(m.Items)
	}
	return m, x.missing
}

// facts is Render for programs: a message of all alerts that has nothing but them, and
// of each what is a fact; none of the texts and links that people read. In a storm
// those would be half of the work.
func (r *Renderer) facts(d notifier.Delivery, answers Answers, room []Item) (*Message, []Query) {
	m := &Message{ID: d.ID, Items: slices.Grow(room[:0], len(d.Firing)+len(d.Resolved)), texts: r.texts}
	x := &expansion{renderer: r, at: d.At, answers: answers, message: m, bare: true}
	x.items(d.Firing, true)
	x.items(d.Resolved, false)
	return m, x.missing
}

// expansion is the work on one message.
type expansion struct {
	renderer *Renderer
	at       model.Time
	answers  Answers
	message  *Message
	missing  []Query
	ready    map[job][]string
	graphs   map[graphKey]string
	bare     bool // see facts
}

// items adds the items of entries.
func (x *expansion) items(all []notifier.Entry, firing bool) {
	for some := range slices.Chunk(all, atOnce) {
		x.prepare(some)
		for n := range some {
			i := x.fact(&some[n], firing)
			if !x.bare {
				x.explain(&i, &some[n])
			}
			x.message.Items = append(x.message.Items, i)
		}
	}
}

// fact makes the item of an entry without what explain adds.
func (x *expansion) fact(e *notifier.Entry, firing bool) Item {
	a := e.Alert
	value, bound := quantities(a)
	i := Item{
		Name: Clean(a.Name), Firing: firing, Was: e.Was, News: e.News, Reason: a.Reason, Flapping: a.Flapping,
		Value: value, Threshold: bound, Side: a.Side, Held: Clean(e.Held),
		Annotations: x.annotations(a), Labels: e.Labels,
		Series: a.Series, Whole: whole(a), LevelSince: stamp(a.LevelSince),
		Source: a.Source, Expr: a.Expr, Graph: x.graph(a), Rule: a.Rule, Episode: a.Episode,
		StartsAt: stamp(a.StartsAt), Fingerprint: notifier.Fingerprint(e.Labels),
	}
	if firing {
		i.Level = a.Notify
	} else {
		i.EndsAt = stamp(ended(e))
	}
	return i
}

// explain adds to an item what people read.
func (x *expansion) explain(i *Item, e *notifier.Entry) {
	a := e.Alert
	i.Versus, i.Since, i.What = versus(a), since(e, i.Firing, x.at), what(e, i.Firing, x.at)
	i.Summary = summary(a, i.Firing, strings.TrimSpace(Clean(find(i.Annotations, "summary"))))
	i.Description = strings.TrimSpace(CleanLines(find(i.Annotations, "description")))
	i.Own = own(e.Labels, x.message.Common)
	i.Links = links(i)
}

// summary keeps what tocsin itself says of a fault, "the query returns nothing",
// from being read as true when the fault is over.
func summary(a *evaluator.Alert, firing bool, text string) string {
	if firing || !whole(a) || text == "" {
		return text
	}
	return "was: " + text
}

// worst returns the highest level of now and of the message before.
func worst(d notifier.Delivery) rules.Level {
	l := max(d.Level, d.Worst)
	for _, list := range [][]notifier.Entry{d.Firing, d.Resolved} {
		for i := range list {
			l = max(l, list[i].Was, list[i].Alert.Notify)
		}
	}
	return l
}

// common returns the labels that all entries have with one value.
func common(d notifier.Delivery) labels.Labels {
	var all labels.Labels
	first := true
	for _, list := range [][]notifier.Entry{d.Firing, d.Resolved} {
		for i := range list {
			if first {
				all, first = list[i].Labels, false
				continue
			}
			all = keep(all, func(l labels.Label) bool { return list[i].Labels.Get(l.Name) == l.Value })
		}
	}
	return all
}

// own returns the labels that are not common, without the level, which is said
// already.
func own(ls, common labels.Labels) labels.Labels {
	return keep(ls, func(l labels.Label) bool { return !common.Has(l.Name) && l.Name != "severity" })
}

// keep returns the labels for which f holds: the same value, without a copy, if
// it holds for all.
func keep(ls labels.Labels, f func(labels.Label) bool) labels.Labels {
	all := true
	ls.Range(func(l labels.Label) { all = all && f(l) })
	if all {
		return ls
	}
	b := labels.NewScratchBuilder(ls.Len())
	ls.Range(func(l labels.Label) {
		if f(l) {
			b.Add(l.Name, l.Value)
		}
	})
	return b.Labels()
}

// share takes the links that all items have out of them and returns them.
func share(items []Item) []Link {
	if len(items) == 0 {
		return nil
	}
	var all []Link
	for _, l := range items[0].Links {
		everywhere := true
		for _, i := range items[1:] {
			everywhere = everywhere && slices.Contains(i.Links, l)
		}
		if everywhere {
			all = append(all, l)
		}
	}
	for n := range items {
		items[n].Links = slices.DeleteFunc(items[n].Links, func(l Link) bool { return slices.Contains(all, l) })
	}
	return all
}
