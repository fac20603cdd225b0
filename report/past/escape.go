package past

import (
	"strings"
	"unicode/utf8"

	"tocsin/notifier/message"
)

// mostNameRunes is how much of a name or of labels Markdown shows: escaped it may
// be six times as long.
const mostNameRunes = 120

// code writes what comes from outside so that it stays text: in a code element
// nobody is mentioned, no issue is referred to and no word becomes a picture, and
// what could be markup, end a cell of a table or begin a link is written as a
// number. A code span of Markdown wouldn't do, since a table is split before it.
func code(s string) string {
	return "<code>" + escape(message.Cut(clean(s), mostNameRunes)) + "</code>"
}

func escape(s string) string {
	return strings.NewReplacer(
		"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;",
		`\`, "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;",
		"|", "&#124;", "~", "&#126;", "#", "&#35;", "@", "&#64;", "!", "&#33;", "$", "&#36;",
		"://", "&#58;//", "www.", "www&#46;", "WWW.", "WWW&#46;", "Www.", "Www&#46;",
	).Replace(s)
}

// inert is code for what isn't plainly a value with a unit.
func inert(s string) string {
	odd := func(r rune) bool {
		return !strings.ContainsRune(" .,+−-%/–µ", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	if strings.ContainsFunc(s, odd) || strings.Contains(s, "www.") {
		return code(s)
	}
	return s
}

// fence puts lines into a block of code that nothing in them can end.
func fence(language string, lines []string) string {
	ticks := 3
	for _, line := range lines {
		run := 0
		for _, r := range line {
			if run++; r != '`' {
				run = 0
			}
			ticks = max(ticks, run+1)
		}
	}
	mark := strings.Repeat("`", ticks)
	return mark + language + "\n" + strings.Join(lines, "\n") + "\n" + mark + "\n"
}

// A page is Markdown of bounded length.
type page struct {
	limit, used int
	b           strings.Builder
}

// tail is what is kept free for the words about what is left out.
const tail = 400

// add takes in a part unless it doesn't fit any more.
func (p *page) add(s string) bool { return p.within(p.limit-tail, s) }

// within takes in a part unless the page would grow beyond so many characters.
func (p *page) within(limit int, s string) bool {
	n := utf8.RuneCountInString(s)
	if p.used+n > limit {
		return false
	}
	p.used += n
	p.b.WriteString(s)
	return true
}

// rows adds rows of a table while they fit into half of the page, and returns how
// many it left out.
func (p *page) rows(all []string) int {
	for i, row := range all {
		if i == mostTableRows || !p.within((p.limit-tail)/2, row) {
			return len(all) - i
		}
	}
	return 0
}

const mostTableRows = 50
