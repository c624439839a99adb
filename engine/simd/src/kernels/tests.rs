//! Every kernel of this CPU against the plain loops.
