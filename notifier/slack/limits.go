package slack

// What is longer is cut, in UTF-16 units of finished mark-up: for who checks
// templates before there is a message.
const (
	LongestText  = mostText
	LongestTitle = 1000
)

// Longest is how much is shown of a part that is text, by its key; 0: all.
func Longest(key string) int {
	switch key {
	case "pretext":
		return mostPretext
	case "message_text", "fallback":
		return mostLead
	case "field title":
		return mostName
	case "field value":
		return mostField
	case "footer":
		return mostFooter
	case "action text":
		return mostLabel
	}
	return 0
}
