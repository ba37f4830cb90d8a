// Package look says how a record of each noun looks on a page, for all rooms of pages: the
// badge of an incident, the link to a service, whoever has it. An open incident must not look
// one way on the board and another way in a list.
package look
