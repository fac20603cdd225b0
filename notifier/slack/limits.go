package slack

// What is longer is cut, in UTF-16 units of finished mark-up: for who checks
// templates before there is a message.
const (
	LongestText  = mostText
	LongestTitle = 1000
)
