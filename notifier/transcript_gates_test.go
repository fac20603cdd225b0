package notifier

import (
	"strings"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"

	"tocsin/rules"
)

// matchers reads `name:value,name:value`.
func (s *script) matchers(text string) (ms amlabels.Matchers) {
	for _, pair := range strings.Split(text, ",") {
		k, v, _ := strings.Cut(pair, ":")
		ms = append(ms, must(amlabels.NewMatcher(amlabels.MatchEqual, k, v)))
	}
	return ms
}

// daily reads `NAME:FROM-UNTIL`: spans of a day from the epoch, which is midnight
// in the place where the script takes place.
func (s *script) daily(text string) *rules.Times {
	name, span, _ := strings.Cut(text, ":")
	from, until, _ := strings.Cut(span, "-")
	place := time.FixedZone("here", -int(epoch.Time().Sub(epoch.Time().Truncate(24*time.Hour)).Seconds()))
	return &rules.Times{Name: name, Intervals: []rules.Interval{{
		Ranges:   []rules.MinuteRange{{Begin: int(s.span(from).Minutes()), End: int(s.span(until).Minutes())}},
		Location: place,
	}}}
}

// inhibit reads `inhibit NAME source=MATCHERS target=MATCHERS equal=a,b`.
func (s *script) inhibit(pos []string, opt map[string]string) rules.InhibitRule {
	return rules.InhibitRule{
		Name: pos[0], Source: s.matchers(opt["source"]), Target: s.matchers(opt["target"]),
		Equal: strings.FieldsFunc(opt["equal"], func(r rune) bool { return r == ',' }),
	}
}

// people reads `silence ID MATCHERS for=… until=resolved start=…`, `ack RULE A,B
// level=…`, for=… and their ends.
func (s *script) people(command string, pos []string, opt map[string]string) {
	switch command {
	case "silence":
		begin := s.now.Add(s.duration(opt, "start", 0))
		s.p.Silence(s.now, rules.Silence{
			ID: pos[0], Matchers: s.matchers(pos[1]), StartsAt: begin, EndsAt: begin.Add(s.duration(opt, "for", 24*time.Hour)),
			UntilResolved: opt["until"] == "resolved", UpdatedAt: s.now, CreatedBy: "ada", Comment: "why not",
		})
	case "unsilence":
		s.p.Unsilence(s.now, pos[0])
	case "ack":
		var acks []rules.Ack
		for _, instance := range strings.Split(pos[1], ",") {
			a := s.alerts[pos[0]+"\x00"+instance]
			ack := rules.Ack{Rule: pos[0], Instance: instance, Episode: a.Episode, Level: a.Notify, By: "ada", At: s.now}
			if opt["level"] != "" {
				ack.Level = s.level(opt["level"])
			}
			if opt["for"] != "" {
				ack.Until = s.now.Add(s.span(opt["for"]))
			}
			acks = append(acks, ack)
		}
		s.p.Ack(s.now, acks)
	case "unack":
		s.p.Unack(s.now, []AlertID{{pos[0], pos[1]}})
	}
}
