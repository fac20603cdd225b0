package file

import (
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A debounce is what `for` says: a duration, or so many of the last so many.
type debounce struct {
	pos
	d     time.Duration
	votes rules.Votes
}

// maxVotes is how many evaluations a ring remembers.
const maxVotes = 64

func (d *doc) debounce(into *debounce) setter {
	return func(n *yaml.Node) {
		s, ok := d.scalarAs(n, debounceForm)
		if !ok {
			return
		}
		if votes, ok := parseVotes(s); ok {
			if why := badVotes(votes); why != "" {
				d.at(n).bad(CodeVotes, "%q: %s", short(s), why)
				return
			}
			*into = debounce{pos: d.at(n), votes: votes}
			return
		}
		var dur span
		d.span(&dur)(n)
		if dur.set() {
			*into = debounce{pos: d.at(n), d: dur.d}
		}
	}
}

// parseVotes reads "3 of 5".
func parseVotes(s string) (rules.Votes, bool) {
	words := strings.Fields(s)
	if len(words) != 3 || words[1] != "of" {
		return rules.Votes{}, false
	}
	need, err := strconv.ParseUint(words[0], 10, 31)
	if err != nil {
		return rules.Votes{}, false
	}
	of, err := strconv.ParseUint(words[2], 10, 31)
	if err != nil {
		return rules.Votes{}, false
	}
	return rules.Votes{Need: int(need), Of: int(of)}, true
}

func badVotes(v rules.Votes) string {
	switch {
	case v.Need < 1:
		return "at least 1 evaluation must breach"
	case v.Need > v.Of:
		return "more breaches are asked for than evaluations are looked at"
	case v.Of > maxVotes:
		return "at most the last " + strconv.Itoa(maxVotes) + " evaluations are remembered"
	}
	return ""
}
