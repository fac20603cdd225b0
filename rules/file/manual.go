package file

import (
	"embed"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// manualPages explain the codes, one page for each subject.
//
//go:embed codes/*.md
var manualPages embed.FS

// An Entry explains a code.
type Entry struct {
	Code    Code
	Name    string // short, for people: clear-side
	Warning bool   // else a mistake, for which the daemon refuses the files
	Text    string // what it is, in a sentence
	Why     string // why it matters; may be empty
	Fix     string
	// Before has the problem and After has not. Rules stand alone, as in a group; what
	// else stands there is part of a config. They are empty where no text shows it.
	Before, After string
}

// Kind returns "warning" or "mistake".
func (e Entry) Kind() string {
	if e.Warning {
		return "warning"
	}
	return "mistake"
}

// Codes returns all codes in the order of their numbers.
func Codes() []Entry {
	var all []Entry
	pages, _ := manualPages.ReadDir("codes")
	for _, page := range pages {
		text, _ := manualPages.ReadFile(path.Join("codes", page.Name()))
		for _, part := range strings.Split("\n"+string(text), "\n# T")[1:] {
			all = append(all, readEntry("T"+part))
		}
	}
	return all
}

var exampleBlock = regexp.MustCompile("(?s)```yaml (before|after)\n(.*?)```")

// readEntry reads "T202 clear-side (mistake)", what it is, why, how to mend it, and
// the examples.
func readEntry(part string) Entry {
	title, body, _ := strings.Cut(part, "\n")
	var e Entry
	if words := strings.Fields(title); len(words) == 3 {
		e.Code, e.Name, e.Warning = Code(words[0]), words[1], words[2] == "(warning)"
	}
	for _, m := range exampleBlock.FindAllStringSubmatch(body, -1) {
		if m[1] == "before" {
			e.Before = m[2]
		} else {
			e.After = m[2]
		}
	}
	body, _, _ = strings.Cut(body, "```")
	body, e.Fix, _ = strings.Cut(body, "\nFix: ")
	e.Fix = strings.TrimSpace(e.Fix)
	e.Text, e.Why, _ = strings.Cut(strings.TrimSpace(body), "\n\n")
	e.Text, e.Why = strings.ReplaceAll(e.Text, "\n", " "), strings.TrimSpace(e.Why)
	return e
}

// Explain finds a code by its number or its name, whatever their case; near is the
// nearest one where there is none.
func Explain(word string) (e Entry, near string, ok bool) { return catalogue(Codes()).find(word) }

// A catalogue is all codes.
type catalogue []Entry

func (c catalogue) find(word string) (e Entry, near string, ok bool) {
	for _, e := range c {
		if strings.EqualFold(word, string(e.Code)) || strings.EqualFold(word, e.Name) {
			return e, "", true
		}
	}
	if n, err := strconv.Atoi(strings.TrimLeft(word, "Tt")); err == nil {
		return Entry{}, c.numbered(n), false
	}
	var names []string
	for _, e := range c {
		names = append(names, e.Name)
	}
	return Entry{}, nearest(word, names), false
}

// numbered returns the code whose number is nearest.
func (c catalogue) numbered(n int) string {
	best, least := "", math.MaxInt
	for _, e := range c {
		number, _ := strconv.Atoi(string(e.Code[1:]))
		if d := max(n-number, number-n); d < least {
			best, least = string(e.Code), d
		}
	}
	return best
}
