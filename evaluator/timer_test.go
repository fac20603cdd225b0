package evaluator

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

func TestTimerCreditsObservedTimeOnly(t *testing.T) {
	const s = model.Time(1000)
	tests := []struct {
		sentence string
		seen     []model.Time
		want     time.Duration
	}{
		{"one observation is no time", []model.Time{0}, 0},
		{"time between two is credited", []model.Time{0, 15 * s}, 15 * time.Second},
		{"from the epoch on as from any time", []model.Time{0, 15 * s, 30 * s}, 30 * time.Second},
		{"one missed evaluation is bridged", []model.Time{0, 30 * s}, 30 * time.Second},
		{"2.5 intervals are the most", []model.Time{0, 37500}, 37500 * time.Millisecond},
		{"a millisecond more is a gap", []model.Time{0, 37501}, 0},
		{"a gap keeps what was credited", []model.Time{0, 15 * s, 100 * s, 115 * s}, 30 * time.Second},
		{"the same instant twice is no time", []model.Time{0, 15 * s, 15 * s}, 15 * time.Second},
		{"time that goes back takes nothing away", []model.Time{60 * s, 75 * s, 15 * s, 30 * s}, 30 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			var got timer
			for _, at := range test.seen {
				got = got.held(nowOf(Observation{At: at, Interval: 15 * time.Second}))
			}
			if got.spent() != test.want {
				t.Errorf("spent %s, want %s", got.spent(), test.want)
			}
		})
	}
}

func TestTimerOfRow(t *testing.T) {
	since, last := model.Time(10), model.Time(70)
	tests := []struct {
		sentence string
		row      *timerRow
		at       model.Time
		want     timer
	}{
		{"no row is no timer", nil, 50, timer{}},
		{"a fresh one was seen at the last answer", &timerRow{Since: &since, Credit: 5}, 50, timer{10, 50, 5, fresh}},
		{"but never before it began", &timerRow{Since: &since}, 3, timer{10, 10, 0, fresh}},
		{"a missed one has its own time", &timerRow{Since: &since, Last: &last}, 500, timer{10, 70, 0, missed}},
		{"one that the clock unbound has its credit alone", &timerRow{Credit: 5}, 50, timer{0, 0, 5, unbound}},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			if got := test.row.timer(test.at); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}
