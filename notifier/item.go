package notifier

import (
	"tocsin/evaluator"
)

// An item is what a lane knows of one alert: what was said of it, what is owed,
// and the changes that wait to be accounted for.
type item struct {
	said  said
	entry Entry            // as it was last said; empty if nothing was
	end   *evaluator.Alert // how it ended, once it has; nil while it fires

	// under is the change that the delivery under way tells of; next is the newest
	// one, which no delivery tells of yet.
	under, next *ref

	news  News // what is owed now
	grade grade
	held  string // what keeps it from being told; empty: nothing does
}

// due reports whether there is something to tell and nothing holds it.
func (it *item) due() bool { return it.news != Same && it.held == "" }

// A grade sorts what is owed by urgency.
type grade uint8

// Errors go first; what is merely over or lower comes last.
const (
	calm grade = iota
	warning
	pressing
	grades
)

// told reports whether the receiver may know of the alert.
func (it *item) told() bool { return it.said != nothing }

// episode is the one that was told of last; empty if nothing was.
func (it *item) episode() string {
	if it.entry.Alert == nil {
		return ""
	}
	return it.entry.Alert.Episode
}

// empty reports whether there is nothing to remember.
func (it *item) empty() bool { return !it.told() && it.under == nil && it.next == nil }

// owes compares what was said with what is; m is nil if nothing is to be known.
func (it *item) owes(m *member) News {
	switch {
	case m == nil && !it.told():
		return Same
	case m == nil:
		return Resolved
	case it.told() && it.episode() != m.alert.Episode:
		return New
	}
	return it.said.news(m.alert.Notify, m.alert.Flapping)
}

// learn takes in that an entry of a delivery has surely been told.
func (it *item) learn(e Entry) {
	if e.News == Resolved {
		it.said, it.entry, it.end = nothing, Entry{}, nil
		return
	}
	it.said, it.entry = saying(e.Alert.Notify, e.Alert.Flapping), e
}

// doubt takes in that an entry of a delivery may have been told.
func (it *item) doubt(e Entry) {
	switch {
	case e.News == Resolved:
		it.said |= nothing
		return
	case it.episode() != e.Alert.Episode:
		it.said = nothing
	}
	it.said |= saying(e.Alert.Notify, e.Alert.Flapping)
	it.entry = e
}

// closing is the entry that tells the end of what was said: the labels as they
// were, so that receivers recognise it, and the facts of its end.
func (it *item) closing() Entry {
	e := it.entry
	if it.end != nil {
		e.Alert = it.end
	}
	e.News, e.Was = Resolved, it.said.was(Resolved, 0)
	return e
}
