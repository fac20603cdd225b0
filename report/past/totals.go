package past

import (
	"cmp"
	"slices"
	"time"

	"tocsin/backtest"
	"tocsin/rules"
)

// Totals sum up a result over its rules.
type totals struct {
	notifications, night             int
	episodes, flaps, refires, firing int // firing: rules with an episode
	receivers                        []tally
	days                             []dayTally
}

// A tally is how many notifications somebody got.
type tally struct {
	name  string
	count int
	night int
}

// A dayTally is how many there were from midnight to midnight.
type dayTally struct {
	day          time.Time
	count, night int
	worst        rules.Level
}

func (o Options) totals(r *backtest.Result) totals {
	t := totals{notifications: len(r.Notifications), receivers: receivers(r), days: o.days(r)}
	for _, n := range r.Notifications {
		if n.Night {
			t.night++
		}
	}
	for _, rr := range r.Rules {
		t.episodes += len(rr.Episodes)
		t.flaps += rr.Flaps
		t.refires += rr.Refires
		if len(rr.Episodes) > 0 {
			t.firing++
		}
	}
	return t
}

// receivers are those who got anything, the one with the most first.
func receivers(r *backtest.Result) []tally {
	at := map[string]int{}
	var all []tally
	for _, n := range r.Notifications {
		i, known := at[n.Receiver]
		if !known {
			i = len(all)
			at[n.Receiver] = i
			all = append(all, tally{name: n.Receiver})
		}
		all[i].count++
		if n.Night {
			all[i].night++
		}
	}
	slices.SortFunc(all, func(a, b tally) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.name, b.name)) })
	return all
}

// days are all days of the period where people live, in order.
func (o Options) days(r *backtest.Result) []dayTally {
	var all []dayTally
	first := midnight(r.From.Time().In(o.zone()))
	for day := first; day.Before(r.Until.Time()); day = day.AddDate(0, 0, 1) {
		all = append(all, dayTally{day: day})
	}
	i := 0
	for _, n := range r.Notifications {
		for i+1 < len(all) && !n.At.Time().Before(all[i+1].day) {
			i++
		}
		if i < len(all) {
			all[i].count++
			all[i].worst = max(all[i].worst, n.Level)
			if n.Night {
				all[i].night++
			}
		}
	}
	return all
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// noisiest orders rules by what they ask of people; those that ask the same stay
// in the order of their files.
func noisiest(all []*backtest.RuleResult) []*backtest.RuleResult {
	out := slices.Clone(all)
	slices.SortStableFunc(out, func(a, b *backtest.RuleResult) int {
		return cmp.Or(cmp.Compare(b.Notifications, a.Notifications), cmp.Compare(b.Error, a.Error),
			cmp.Compare(b.Warn, a.Warn), cmp.Compare(len(b.Episodes), len(a.Episodes)))
	})
	return out
}

// told are the receivers of a rule, the one with the most first.
func told(rr *backtest.RuleResult) []tally {
	var all []tally
	if rr == nil {
		return nil
	}
	for name, n := range rr.Receivers {
		all = append(all, tally{name: name, count: n})
	}
	slices.SortFunc(all, func(a, b tally) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.name, b.name)) })
	return all
}
