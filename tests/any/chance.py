# Chance that is the same on every machine, from a seed.
class R:
    def __init__(self, seed):
        self.state = seed

    def __call__(self, below):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % below

    def of(self, *things):
        return things[self(len(things))]
