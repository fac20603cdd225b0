package notifier

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
)

// dirty is what has changed since rows were last asked for.
type dirty struct {
	groups, flights map[string]bool
	silences, acks  map[string]bool
	outlets         map[string]bool
	told            map[toldKey]bool
	decisions       []rules.Row // and attempts, in their order
	number          uint64      // of decisions
}

// A toldKey names an item among all lanes.
type toldKey struct{ integration, group, alert string }

func (k toldKey) row() string { return k.integration + "\x00" + k.group + "\x00" + k.alert }

func newDirty() dirty {
	return dirty{
		groups: map[string]bool{}, flights: map[string]bool{}, told: map[toldKey]bool{},
		silences: map[string]bool{}, acks: map[string]bool{}, outlets: map[string]bool{},
	}
}

func (p *Planner) touchSilence(id string) { p.dirty.silences[id] = true }
func (p *Planner) touchAck(key string)    { p.dirty.acks[key] = true }

func (p *Planner) touchGroup(g *group)   { p.dirty.groups[g.Key] = true }
func (p *Planner) touchFlight(f *flight) { p.dirty.flights[f.d.ID] = true }
func (p *Planner) touchTold(l *lane, alert string) {
	p.dirty.told[toldKey{l.out.Key, l.group.Key, alert}] = true
}

// A groupRow is the value of the rows of kind group.
type groupRow struct {
	Group   Group      `json:"group"`
	Born    model.Time `json:"born"`
	Flushed model.Time `json:"flushed,omitempty"`
	Digest  bool       `json:"digest,omitempty"`
	Lanes   []laneRow  `json:"lanes,omitempty"`
}

type laneRow struct {
	Integration string      `json:"integration"`
	LastTold    model.Time  `json:"lastTold,omitempty"`
	Reminders   int         `json:"reminders,omitempty"`
	Worst       rules.Level `json:"worst"`
	// What is known of the message that shows the group, see face.
	Root     string     `json:"root,omitempty"`
	Posted   model.Time `json:"posted,omitempty"`
	Shown    string     `json:"shown,omitempty"`
	Old      string     `json:"old,omitempty"`
	Lent     bool       `json:"lent,omitempty"`
	Incident string     `json:"incident,omitempty"`
}

// A toldRow is the value of the rows of kind told.
type toldRow struct {
	Integration string           `json:"integration"`
	Group       string           `json:"group"`
	Said        said             `json:"said"`
	Entry       *Entry           `json:"entry,omitempty"`
	End         *evaluator.Alert `json:"end,omitempty"`
	Under       *ref             `json:"under,omitempty"`
	Next        *ref             `json:"next,omitempty"`
}

// A flightRow is the value of the rows of kind flight.
type flightRow struct {
	Delivery  Delivery   `json:"delivery"`
	Firing    []brief    `json:"firing,omitempty"` // beyond those of the delivery
	Resolved  []brief    `json:"resolved,omitempty"`
	Since     model.Time `json:"since"`
	Spent     model.Time `json:"spent,omitempty"`
	Aloft     bool       `json:"aloft,omitempty"`
	Told      bool       `json:"told,omitempty"`
	Failures  int        `json:"failures,omitempty"`
	NotBefore model.Time `json:"notBefore,omitempty"`
	Moved     []string   `json:"moved,omitempty"` // alerts that other lanes took over
}

// Behind returns how many rows Rows has.
func (p *Planner) Behind() int { return p.dirty.size() }

// Rows hands over what has changed since the last call: gates, groups, what was
// told, flights and decisions, each in the order of their keys.
func (p *Planner) Rows(add func(rules.Row)) {
	p.sortCrowded()
	if p.dirty.size() == 0 {
		return
	}
	p.gateRows(add)
	for _, key := range sortedKeys(p.dirty.groups) {
		add(rules.Row{Kind: rules.KindGroup, Key: key, Value: p.groupValue(key)})
	}
	for _, k := range p.dirty.toldInOrder() {
		add(rules.Row{Kind: rules.KindTold, Key: k.row(), Value: p.toldValue(k)})
	}
	for _, id := range sortedKeys(p.dirty.flights) {
		add(rules.Row{Kind: rules.KindFlight, Key: id, Value: p.flightValue(id)})
	}
	for _, row := range p.dirty.decisions {
		add(row)
	}
	p.dirty.clear()
}

func (p *Planner) gateRows(add func(rules.Row)) {
	for _, id := range sortedKeys(p.dirty.silences) {
		row := rules.Row{Kind: rules.KindSilence, Key: id}
		if s := p.silences[id]; s != nil {
			row.Value = s.Silence
		}
		add(row)
	}
	for _, key := range sortedKeys(p.dirty.acks) {
		row := rules.Row{Kind: rules.KindAck, Key: key}
		if x := p.acks[key]; x != nil {
			row.Value = x.Ack
		}
		add(row)
	}
	for _, key := range sortedKeys(p.dirty.outlets) {
		add(rules.Row{Kind: rules.KindOutlet, Key: key, Value: p.outlets[key].row()})
	}
}

// clear forgets what was handed over. The maps are made anew: one that was large
// once would cost as much to walk for ever.
func (d *dirty) clear() {
	number := d.number
	*d = newDirty()
	d.number = number
}

func (d *dirty) size() int {
	return len(d.groups) + len(d.told) + len(d.flights) + len(d.decisions) + len(d.silences) + len(d.acks) + len(d.outlets)
}

func (d *dirty) toldInOrder() []toldKey {
	return slices.SortedFunc(maps.Keys(d.told), func(a, b toldKey) int {
		return cmp.Or(strings.Compare(a.integration, b.integration), strings.Compare(a.group, b.group), strings.Compare(a.alert, b.alert))
	})
}

func (p *Planner) groupValue(key string) any {
	g := p.groups[key]
	if g == nil {
		return nil
	}
	row := groupRow{Group: g.Group, Born: g.born, Flushed: g.flushed, Digest: g.digest}
	for _, l := range g.lanes {
		if l.lastTold != 0 || l.worst != rules.OK || l.face.root != "" || l.incident != "" {
			row.Lanes = append(row.Lanes, l.row())
		}
	}
	return row
}

func (l *lane) row() laneRow {
	return laneRow{
		Integration: l.out.Key, LastTold: l.lastTold, Reminders: l.reminders, Worst: l.worst,
		Root: l.face.root, Posted: l.face.posted, Shown: l.face.shown, Old: l.face.old,
		Lent: l.face.lent, Incident: l.incident,
	}
}

func (p *Planner) toldValue(k toldKey) any {
	l := p.laneOf(k.group, k.integration)
	if l == nil || l.items[k.alert] == nil || l.items[k.alert].empty() {
		return nil
	}
	it := l.items[k.alert]
	row := toldRow{
		Integration: k.integration, Group: k.group,
		Said: it.said, End: it.end, Under: it.under, Next: it.next,
	}
	if it.told() {
		entry := it.entry
		row.Entry = &entry
	}
	return row
}

func (p *Planner) flightValue(id string) any {
	f := p.flights[id]
	if f == nil {
		return nil
	}
	d := f.d
	row := flightRow{
		Since: f.since, Spent: f.spent, Aloft: f.aloft, Told: f.told,
		Failures: f.lane.failures, NotBefore: f.lane.notBefore, Moved: sortedKeys(f.heirs),
	}
	d.Firing, row.Firing = briefly(d.Firing, mostWhole)
	d.Resolved, row.Resolved = briefly(d.Resolved, mostWhole)
	row.Delivery = d
	return row
}

// laneOf finds a lane by its keys; nil if there is none.
func (p *Planner) laneOf(group, integration string) *lane {
	g := p.groups[group]
	if g == nil {
		return nil
	}
	for _, l := range g.lanes {
		if l.out.Key == integration {
			return l
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
