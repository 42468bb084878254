/** How many sessions work at once where nobody said: each takes a processor of the server's, and how many it has is not known. */
export const usualJobs = 2;

/** A server has connections for others, too. */
export const mostJobs = 16;
