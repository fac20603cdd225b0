package world

import (
	"regexp"
	"strconv"
)

// duration finds the minutes in a rule file that rules wait for, and the ranges
// of their expressions.
var duration = regexp.MustCompile(`(\[|for: |keep_firing_for: |after: )([0-9]+)m\b`)

// Hurry rewrites a rule file for people who watch: what takes a minute there
// takes a second, and rates look back Window. The rules are otherwise the same,
// thresholds and all.
func Hurry(rules []byte) []byte {
	return duration.ReplaceAllFunc(rules, func(found []byte) []byte {
		part := duration.FindSubmatch(found)
		n, unit := string(part[2]), "s"
		if string(part[1]) == "[" {
			n = strconv.Itoa(int(Window.Seconds()))
		}
		return []byte(string(part[1]) + n + unit)
	})
}
