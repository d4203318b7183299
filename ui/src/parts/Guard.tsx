/** A screen that breaks says so in its place, and the rest of the window goes on. */
import { Component, type ReactNode } from "react";
import { asFailure, type Failure } from "../host";
import { Button } from "./Button";
import { FailureNotice } from "./FailureNotice";

interface GuardProps {
  readonly children: ReactNode;
}

interface GuardState {
  readonly failure: Failure | null;
}

export class Guard extends Component<GuardProps, GuardState> {
  override state: GuardState = { failure: null };

  static getDerivedStateFromError(thrown: unknown): GuardState {
    return { failure: asFailure(thrown) };
  }

  override render() {
    if (this.state.failure === null) {
      return this.props.children;
    }
    return (
      <div style={{ padding: "var(--space-5)" }}>
        <FailureNotice failure={this.state.failure}>
          <Button onClick={() => this.setState({ failure: null })}>Show it again</Button>
        </FailureNotice>
      </div>
    );
  }
}
