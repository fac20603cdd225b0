package notifier

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tocsin/rules"
)

// compose makes a delivery of what is true and what was told. It is false if
// there is nothing to tell.
func (p *Planner) compose(l *lane) (Delivery, bool) {
	d := p.header(l)
	d.Firing = p.firing(l)
	p.renew(d.Firing)
	if l.owed.sum() > 0 {
		d.Resolved = p.ended(l, (*item).due)
	}
	d.Reason = l.reason(&d)
	d.rate(l)
	if l.in.Threads {
		if d.Effect = p.effect(l, &d); d.Effect != Post {
			d.Root = l.face.root
		}
	}
	news := l.owed.sum() > 0 && len(d.Firing)+len(d.Resolved) > 0
	return d, news || l.remind && l.worthReminding(&d)
}

// worthReminding reports whether a delivery has anything of which people may be
// reminded. To a forwarder nothing is held.
func (l *lane) worthReminding(d *Delivery) bool {
	if l.in.Resend > 0 {
		return len(d.Firing) > 0
	}
	return slices.ContainsFunc(d.Firing, func(e Entry) bool { return e.Held == "" })
}

// header is what a delivery says of itself.
func (p *Planner) header(l *lane) Delivery {
	d := Delivery{
		Integration: l.in.Key, Kind: l.in.Kind, Receiver: l.in.Receiver,
		Group: l.group.Group, At: p.at, Marks: p.marks,
	}
	if l.group.route != nil {
		d.RouteLabels = l.group.route.Labels
	}
	if why := l.why(p); why != "" {
		d.Marks = append([]string{why}, d.Marks...)
	}
	return d
}

// rate says how bad what a delivery tells is, and was.
func (d *Delivery) rate(l *lane) {
	if len(d.Firing) > 0 {
		d.Level = d.Firing[0].Alert.Notify
	}
	d.Worst = max(l.worst, d.Level)
	for i := range d.Resolved {
		d.Worst = max(d.Worst, d.Resolved[i].Was)
	}
}

// renew gives the entries without news the value of their last observation in
// place of that of their last change.
func (p *Planner) renew(all []Entry) {
	if p.current == nil {
		return
	}
	for i := range all {
		e := &all[i]
		if e.News != Same {
			continue
		}
		if value, at, ok := p.current(e.Alert.Rule, e.Alert.Instance); ok && at > e.Alert.LevelSince {
			now := *e.Alert
			now.Value = value
			e.Alert, e.Seen = &now, at
		}
	}
}

// firing lists all that fires, news or not: a message shows the group as it is.
func (p *Planner) firing(l *lane) []Entry {
	if l.orphan {
		return nil
	}
	if l.group.digest {
		return p.gathered(l)
	}
	members := l.group.sorted()
	all := make([]Entry, 0, len(members))
	for _, m := range members {
		if !l.primary && !l.sees(p, m) {
			continue
		}
		if e, shown := p.entry(l, m); shown {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return cmp.Compare(b.Alert.Notify, a.Alert.Notify) })
	return all
}

// entry is a member as a message shows it: what holds it keeps it as it was told,
// and out of sight if it never was.
func (p *Planner) entry(l *lane, m *member) (Entry, bool) {
	e := Entry{Alert: m.alert, Labels: m.labels, Held: p.held(p.alerts[m.key])}
	it := l.items[m.key]
	switch {
	case it == nil:
		d := l.digestOf(m.key)
		return e, e.Held == "" && (d == nil || d.items[m.key].told())
	case it.held == "":
		e.News, e.Was = it.news, it.said.was(it.news, m.alert.Notify)
		return e, true
	case !it.told():
		return e, false
	}
	told := it.entry
	told.News, told.Was, told.Held, told.Seen = Same, told.Alert.Notify, it.held, 0
	return told, true
}

// ended lists what was told and is over, as far as it counts.
func (p *Planner) ended(l *lane, counts func(*item) bool) []Entry {
	var all []Entry
	for _, it := range l.items { // sorted below
		if it.news != Resolved || !counts(it) {
			continue
		}
		e := it.closing()
		if it.end == nil { // nobody saw it end
			over := *e.Alert
			over.Level, over.Notify, over.EndsAt, over.Reason = rules.OK, rules.OK, p.at, ReasonUnseen
			e.Alert = &over
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(
			cmp.Compare(b.Was, a.Was), inOrder(a.Alert, b.Alert, a.Labels, b.Labels),
			strings.Compare(alertKey(a.Alert), alertKey(b.Alert)))
	})
	return all
}

// reason is the most pressing news of a delivery.
func (l *lane) reason(d *Delivery) Reason {
	var seen [FlapEnded + 1]bool
	for i := range d.Firing {
		seen[d.Firing[i].News] = true
	}
	news := len(d.Firing) == 0 || len(d.Resolved) > 0 || seen != [FlapEnded + 1]bool{Same: true}
	switch {
	case l.group.digest:
		return ReasonDigest
	case !news: // all of it may have been told by a digest
		return ReasonReminder
	case len(d.Firing) > 0 && !l.knows():
		return ReasonFirst
	case seen[Raised]:
		return ReasonRaised
	case seen[New]:
		return ReasonNew
	case len(d.Firing) == 0:
		return ReasonResolved
	case len(d.Resolved) > 0 || seen[Lowered] || seen[FlapBegan] || seen[FlapEnded]:
		return ReasonChanged
	}
	return ReasonReminder
}

// knows reports whether anything was surely told here.
func (l *lane) knows() bool {
	for _, it := range l.items {
		if !it.said.maybeNothing() {
			return true
		}
	}
	return false
}

// content names what a delivery tells: two of one content may bear one id. The
// values that its alerts had do not count, nor when it was made; nor its reason, unless
// one is given: that hangs on what else is known for sure, and a delivery in doubt
// stays what it was when the doubt has unsettled the rest.
func (d *Delivery) content(why Reason) string {
	size := length(len(why))
	d.writeContent(&size)
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%d:%s", size, why)
	d.writeContent(h)
	return hex.EncodeToString(h.Sum(nil))
}

// A length counts what is written.
type length int

func (n *length) Write(b []byte) (int, error) {
	*n += length(len(b))
	return len(b), nil
}

// writeContent writes some at a time: that of a storm is megabytes.
func (d *Delivery) writeContent(w io.Writer) {
	b := make([]byte, 0, 4096)
	if d.Root != "" {
		b = append(b, d.Effect.String()+" "+d.Root+" "+d.Next...)
	}
	for _, all := range [][]Entry{d.Firing, d.Resolved} {
		b = append(b, '\x01')
		for i := range all {
			if b = appendContent(b, &all[i]); len(b) > cap(b)/2 {
				_, _ = w.Write(b)
				b = b[:0]
			}
		}
	}
	_, _ = w.Write(b)
}

func appendContent(b []byte, e *Entry) []byte {
	for _, s := range [...]string{e.Alert.Rule, e.Alert.Instance, e.Alert.Episode, string(e.Alert.Reason), e.Held} {
		b = append(append(b, s...), '\x00')
	}
	n := uint64(e.News)<<16 | uint64(e.Was)<<8 | uint64(saying(e.Alert.Notify, e.Alert.Flapping))
	return append(strconv.AppendUint(b, n, 36), '\x00')
}
